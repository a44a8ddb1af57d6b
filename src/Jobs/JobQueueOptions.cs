using Microsoft.Extensions.Options;

namespace Octet.Jobs;

/// <summary>Settings of the queue; section "Jobs" of the configuration, the connection from ConnectionStrings:redis.</summary>
public sealed class JobQueueOptions
{
    /// <summary>StackExchange.Redis form: <c>host:port,password=...</c>. Holds a secret: never log it.</summary>
    public string ConnectionString { get; set; } = "";

    /// <summary>How long a silent worker keeps its jobs. It renews three times in this span.</summary>
    public TimeSpan Lease { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>How long anyone waits for a bell before looking by itself.</summary>
    public TimeSpan PollInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Attempts before a job is given up.</summary>
    public int MaxAttempts { get; set; } = 3;

    /// <summary>Wait before the second attempt; doubled for each further one.</summary>
    public TimeSpan RetryDelay { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Longest wait before an attempt.</summary>
    public TimeSpan MaxRetryDelay { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Shortest time between two progress messages of one job.</summary>
    public TimeSpan ProgressInterval { get; set; } = TimeSpan.FromMilliseconds(200);

    /// <summary>How long a finished job can still be read.</summary>
    public TimeSpan Retention { get; set; } = TimeSpan.FromDays(7);

    /// <summary>How long a watcher waits for an unreachable queue before it gives up.</summary>
    public TimeSpan Outage { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// Appended to the names of the native queues. A host that brings its own native workers to a queue that others use too sets it, so that
    /// nobody takes the jobs of another's folders.
    /// </summary>
    public string NativeScope { get; set; } = "";

    internal string Scoped(string queue) => NativeScope.Length > 0 && queue.EndsWith(":native", StringComparison.Ordinal) ? $"{queue}:{NativeScope}" : queue;

    internal TimeSpan DelayBefore(int nextAttempt) =>
        TimeSpan.FromTicks((long)Math.Min(MaxRetryDelay.Ticks, RetryDelay.Ticks * Math.Pow(2, Math.Max(0, nextAttempt - 2))));
}

internal sealed class JobQueueOptionsValidator : IValidateOptions<JobQueueOptions>
{
    public ValidateOptionsResult Validate(string? name, JobQueueOptions options)
    {
        var errors = new List<string>();
        void Check(bool good, string error)
        {
            if (!good)
            {
                errors.Add(error);
            }
        }

        Check(options.ConnectionString.Length > 0, "ConnectionStrings:redis is missing: give the queue's address, like 127.0.0.1:6379");
        Check(options.Lease >= TimeSpan.FromMilliseconds(100), "Jobs:Lease must be at least 100 ms");
        Check(options.PollInterval > TimeSpan.Zero, "Jobs:PollInterval must be above zero");
        Check(options.MaxAttempts is >= 1 and <= 100, "Jobs:MaxAttempts must be from 1 to 100");
        Check(options.RetryDelay >= TimeSpan.Zero && options.MaxRetryDelay >= options.RetryDelay, "Jobs:RetryDelay must be from zero to Jobs:MaxRetryDelay");
        Check(options.ProgressInterval >= TimeSpan.Zero, "Jobs:ProgressInterval must not be negative");
        Check(options.Retention >= TimeSpan.FromMinutes(1), "Jobs:Retention must be at least one minute");
        Check(options.Outage > TimeSpan.Zero, "Jobs:Outage must be above zero");
        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }
}
