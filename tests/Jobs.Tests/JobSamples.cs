using Octet.Contracts.Jobs;

namespace Octet.Jobs.Tests;

internal static class JobSamples
{
    public static string NewQueue() => "test:" + Guid.NewGuid().ToString("N");

    public static QuantizeJob Job(string run = "run-1") => new(run, "models/a", "models/a-int8", "runs/run-1/quantize.json", "W8A8", "data-free", ["lm_head"]);

    public static Task<JobResult> Done(QuantizeJob job) => Task.FromResult(new JobResult(job.ReportPath));

    public static async Task<List<JobUpdate>> WatchAsync(this JobQueue queue, string id, Action<JobUpdate>? seen, CancellationToken cancellationToken)
    {
        var updates = new List<JobUpdate>();
        await foreach (var update in queue.WatchAsync(id, cancellationToken))
        {
            updates.Add(update);
            seen?.Invoke(update);
        }

        return updates;
    }

    public static async Task<JobUpdate> EndAsync(this JobQueue queue, string id, CancellationToken cancellationToken) =>
        (await queue.WatchAsync(id, null, cancellationToken))[^1];
}
