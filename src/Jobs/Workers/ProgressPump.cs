using System.Text.Json;
using System.Threading.Channels;
using Octet.Jobs.Queue;

namespace Octet.Jobs.Workers;

/// <summary>Sends the latest progress of one attempt, at most once in an interval; what comes between is dropped.</summary>
internal sealed class ProgressPump : IProgress<JobProgress>
{
    private readonly Channel<JobProgress> _latest = Channel.CreateBounded<JobProgress>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest });

    public void Report(JobProgress value)
    {
        ArgumentNullException.ThrowIfNull(value);
        _latest.Writer.TryWrite(value);
    }

    /// <summary>No more reports: <see cref="RunAsync"/> sends the last one and ends.</summary>
    public void Complete() => _latest.Writer.TryComplete();

    /// <summary>Sends until <see cref="Complete"/>. An unreachable queue costs progress, never the job.</summary>
    public async Task RunAsync(ClaimStore store, JobClaim claim, TimeSpan interval, TimeProvider time)
    {
        await foreach (var progress in _latest.Reader.ReadAllAsync())
        {
            try
            {
                await store.ShowAsync(claim, JsonSerializer.SerializeToUtf8Bytes(progress, JobsJson.Default.JobProgress));
            }
            catch (Exception error) when (WorkerLease.IsOutage(error))
            {
                // The next report carries everything this one did.
            }

            await Task.WhenAny(Task.Delay(interval, time), _latest.Reader.Completion);
        }
    }
}
