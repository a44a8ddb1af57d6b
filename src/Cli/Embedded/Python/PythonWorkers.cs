using Octet.Contracts.Runs;
using Octet.Jobs;

namespace Octet.Cli.Embedded.Python;

/// <summary>The Python workers that a run brings along: one for each stage whose backend is python.</summary>
internal sealed class PythonWorkers : IAsyncDisposable
{
    private readonly List<PythonWorker> _workers = [];

    private PythonWorkers()
    {
    }

    /// <summary>Returns when all have announced themselves.</summary>
    /// <param name="tools">What the spec asks for; empty for none.</param>
    /// <param name="settings">Queue and folders of the run's host.</param>
    /// <param name="queue">To look for the announcements.</param>
    /// <param name="error">Where a worker that died is told.</param>
    /// <param name="cancellationToken">Cancels the start.</param>
    /// <exception cref="OctetException">An environment is missing, or a worker did not start.</exception>
    public static async Task<PythonWorkers> StartAsync(IReadOnlyList<PythonTool> tools, WorkerSettings settings, JobQueue queue, TextWriter error, CancellationToken cancellationToken)
    {
        var workers = new PythonWorkers();
        var environments = tools.Select(PythonEnvironment.Find).ToArray();
        try
        {
            workers._workers.AddRange(tools.Zip(environments, (tool, python) => new PythonWorker(tool, python, settings, error, TimeProvider.System)));
            await Task.WhenAll(workers._workers.Select(worker => worker.StartAsync(queue, cancellationToken)));
            return workers;
        }
        catch
        {
            await workers.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync() => await Task.WhenAll(_workers.Select(worker => worker.DisposeAsync().AsTask()));
}
