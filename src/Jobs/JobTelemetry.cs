using System.Diagnostics;

namespace Octet.Jobs;

/// <summary>Spans of the queue: a producer span for each job sent, a consumer span for each attempt.</summary>
public static class JobTelemetry
{
    public const string SourceName = "Octet.Jobs";

    internal static ActivitySource Source { get; } = new(SourceName);

    internal static Activity? StartSend(string queue, string id) => Tag(Source.StartActivity($"send {queue}", ActivityKind.Producer), queue, id);

    /// <summary>The parent is the sender's span, wherever that ran.</summary>
    internal static Activity? StartProcess(string queue, string id, int attempt, string? traceParent, string? traceState)
    {
        _ = ActivityContext.TryParse(traceParent, traceState, isRemote: true, out var parent);
        return Tag(Source.StartActivity($"process {queue}", ActivityKind.Consumer, parent), queue, id)?.SetTag("octet.job.attempt", attempt);
    }

    private static Activity? Tag(Activity? activity, string queue, string id) => activity?
        .SetTag("messaging.system", "redis")
        .SetTag("messaging.destination.name", queue)
        .SetTag("messaging.message.id", id);
}
