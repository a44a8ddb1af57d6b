using Google.Protobuf;
using Octet.Contracts.Pipeline.V1;

namespace Octet.Reporter.Report;

/// <summary>The trace of each stage, out of the run's events.</summary>
public static class StageTraces
{
    private static readonly JsonParser Parser = new(JsonParser.Settings.Default.WithIgnoreUnknownFields(true));

    /// <summary>Trace ids by stage; a stage that was started again counts by its last start. Empty where nothing was traced.</summary>
    public static IReadOnlyDictionary<string, string> Read(string eventsPath)
    {
        var traces = new SortedDictionary<string, string>(StringComparer.Ordinal);
        if (!File.Exists(eventsPath))
        {
            return traces;
        }

        foreach (var line in File.ReadLines(eventsPath).Where(line => line.Contains("\"traceId\"", StringComparison.Ordinal)))
        {
            if (Parse(line)?.StageStarted is { TraceId.Length: > 0 } started)
            {
                traces[started.Stage] = started.TraceId;
            }
        }

        return traces;
    }

    /// <summary>Stages that took their results from the cache, with the run that measured them. The last completion of a stage counts.</summary>
    public static IReadOnlyDictionary<string, string> Origins(string eventsPath)
    {
        var origins = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var line in File.Exists(eventsPath) ? File.ReadLines(eventsPath).Where(line => line.Contains("\"stageCompleted\"", StringComparison.Ordinal)) : [])
        {
            if (Parse(line)?.StageCompleted is { } completed)
            {
                origins.Remove(completed.Stage);
                if (completed is { Reused: true, ReusedFrom.Length: > 0 })
                {
                    origins[completed.Stage] = completed.ReusedFrom;
                }
            }
        }

        return origins;
    }

    private static RunEvent? Parse(string line)
    {
        try
        {
            return Parser.Parse<RunEvent>(line);
        }
        catch (Exception exception) when (exception is InvalidProtocolBufferException or InvalidJsonException)
        {
            // A line that a killed process did not finish.
            return null;
        }
    }
}
