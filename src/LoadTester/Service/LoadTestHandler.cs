using Octet.Contracts;
using Octet.Contracts.Jobs;
using Octet.Contracts.Results;
using Octet.Contracts.Runs;
using Octet.Jobs;
using Octet.LoadTester.Experiment;
using Octet.LoadTester.Prompts;

namespace Octet.LoadTester.Service;

/// <summary>Runs a load test and leaves load.json and requests.parquet.</summary>
public sealed class LoadTestHandler(DataRoot root, IConfiguration configuration, TimeProvider time) : IJobHandler<LoadTestJob>
{
    public async Task<JobResult> HandleAsync(LoadTestJob job, IProgress<JobProgress> progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(job);
        ArgumentNullException.ThrowIfNull(progress);
        var output = root.Resolve(job.OutputPath);
        var prompts = await PromptSource.OfAsync(job.PromptsPath is { } own ? job with { PromptsPath = root.ResolveReadable(own) } : job, root.ResolveReadable(job.TokenizerPath), cancellationToken);
        var experiment = new LoadExperiment(job, prompts, configuration["OCTET_API_KEY"], time);
        var relay = new InlineProgress(update => progress.Report(new JobProgress(update.Activity, update.Done, update.Total, "runs")));
        LoadReport? result = null;
        await ReportFile.WriteAsync(Path.Combine(output, RunFiles.Requests), async stream =>
        {
            await using var rows = new RequestParquetWriter(stream);
            result = await experiment.RunAsync(rows, relay, cancellationToken);
        });
        var report = Path.Combine(output, RunFiles.Load);
        await ReportFile.WriteAsync(report, result!, OctetJson.Default.LoadReport, cancellationToken);
        return new JobResult(root.ToRelative(report));
    }

    private sealed class InlineProgress(Action<LoadProgress> report) : IProgress<LoadProgress>
    {
        public void Report(LoadProgress value) => report(value);
    }
}
