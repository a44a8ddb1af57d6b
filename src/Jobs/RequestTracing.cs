using System.Diagnostics;

namespace Octet.Jobs;

/// <summary>Keeps the many requests of a measurement out of the trace: they carry its id, and the flag that asks every server not to record them.</summary>
public static class RequestTracing
{
    /// <summary>Requests sent until the result is disposed are not traced, here or in any server behind them. Null, and without effect, when nothing is traced.</summary>
    public static Activity? Suppress()
    {
        if (Activity.Current is not { Recorded: true })
        {
            return null;
        }

        var silent = new Activity("not traced").Start();
        silent.ActivityTraceFlags = ActivityTraceFlags.None;
        return silent;
    }

    /// <summary>The value of a <c>traceparent</c> header with the same meaning, for a client that takes no part in tracing.</summary>
    public static string SuppressingHeader() => Activity.Current is { IdFormat: ActivityIdFormat.W3C } current
        ? $"00-{current.TraceId}-{current.SpanId}-00"
        : $"00-{ActivityTraceId.CreateRandom()}-{ActivitySpanId.CreateRandom()}-00";
}
