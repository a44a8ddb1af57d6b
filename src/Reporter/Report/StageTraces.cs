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

    private static RunEvent? Parse(string line)
    {
        try
        {
            return Parser.Parse<RunEvent>(line);
        }
        catch (InvalidProtocolBufferException)
        {
            // A line that a killed process did not finish.
            return null;
        }
    }
}
