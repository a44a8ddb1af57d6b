using StackExchange.Redis;

namespace Octet.Jobs.Queue;

/// <summary>Every key and channel of the queue. C# and Python workers share this layout.</summary>
internal static class JobKeys
{
    /// <summary>Hash of one job; its fields are in <see cref="JobFields"/>.</summary>
    public static RedisKey Job(string id) => $"octet:job:{id}";

    /// <summary>List of ids that wait, oldest at the right. Claimed by LMOVE RIGHT LEFT to <see cref="Inflight"/>.</summary>
    public static RedisKey Waiting(string queue) => $"octet:queue:{queue}";

    /// <summary>List of ids a worker holds. Acknowledged by LREM.</summary>
    public static RedisKey Inflight(string worker) => $"octet:inflight:{worker}";

    /// <summary>String with the worker's announcement (JSON) that expires with its lease. While it is missing, what the worker holds may be requeued.</summary>
    public static RedisKey Heartbeat(string worker) => $"octet:heartbeat:{worker}";

    /// <summary>Set of the workers of one queue, live or lost; a lost one leaves when it holds nothing any more.</summary>
    public static RedisKey Workers(string queue) => $"octet:workers:{queue}";

    /// <summary>Sorted set of ids that wait for another attempt; the score is the time it is due, Unix milliseconds.</summary>
    public static RedisKey Delayed(string queue) => $"octet:delayed:{queue}";

    /// <summary>List of ids that will not be tried again, newest at the left; the reason is in the job's hash.</summary>
    public static RedisKey Dead(string queue) => $"octet:dead:{queue}";

    /// <summary>Rings when a job was added to a queue. Carries nothing and may be lost.</summary>
    public static RedisChannel QueueBell(string queue) => RedisChannel.Literal($"octet:bell:queue:{queue}");

    /// <summary>Rings when a job's hash changed. Carries nothing and may be lost.</summary>
    public static RedisChannel JobBell(string id) => RedisChannel.Literal($"octet:bell:job:{id}");
}

/// <summary>Fields of a job's hash.</summary>
internal static class JobFields
{
    /// <summary>Name of the queue it was sent to.</summary>
    public const string Queue = "queue";

    /// <summary>The job as JSON.</summary>
    public const string Body = "body";

    /// <summary>queued, running, completed, failed or cancelled.</summary>
    public const string State = "state";

    /// <summary>Number of times it was claimed.</summary>
    public const string Attempt = "attempt";

    /// <summary>The worker that runs it; empty when none does.</summary>
    public const string Worker = "worker";

    /// <summary>W3C trace context of the sender; may be missing.</summary>
    public const string TraceParent = "traceparent";

    /// <summary>W3C trace state of the sender; may be missing.</summary>
    public const string TraceState = "tracestate";

    /// <summary>Latest progress as JSON; may be missing.</summary>
    public const string Progress = "progress";

    /// <summary>Result as JSON once completed.</summary>
    public const string Result = "result";

    /// <summary>A member of FailureKind: of the final failure, or of the latest attempt.</summary>
    public const string FailureKind = "failure_kind";

    /// <summary>What failed, in one line.</summary>
    public const string FailureMessage = "failure_message";

    /// <summary>"1" once somebody asked to cancel.</summary>
    public const string Cancel = "cancel";
}

/// <summary>Values of <see cref="JobFields.State"/>.</summary>
internal static class JobStates
{
    public const string Queued = "queued";
    public const string Running = "running";
    public const string Completed = "completed";
    public const string Failed = "failed";
    public const string Cancelled = "cancelled";
}
