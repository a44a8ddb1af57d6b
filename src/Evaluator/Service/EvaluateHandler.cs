using Octet.Contracts.Jobs;
using Octet.Contracts.Runs;
using Octet.Evaluator.Scoring;
using Octet.Jobs;

namespace Octet.Evaluator.Service;

/// <summary>Evaluates one model and leaves results and samples.</summary>
public sealed class EvaluateHandler(DataRoot root, IConfiguration configuration, TimeProvider time) : IJobHandler<EvaluateJob>
{
    public async Task<JobResult> HandleAsync(EvaluateJob job, IProgress<JobProgress> progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(job);
        ArgumentNullException.ThrowIfNull(progress);
        var relay = new Relay(update => progress.Report(new JobProgress($"{update.Task} on {job.Variant}", update.Done, update.Total, "documents")));
        await new EvaluationRun(job, root, configuration["OCTET_API_KEY"], time).RunAsync(relay, cancellationToken);
        return new JobResult(Path.Combine(job.OutputPath, RunFiles.Results(job.Variant)));
    }

    private sealed class Relay(Action<EvaluationProgress> report) : IProgress<EvaluationProgress>
    {
        public void Report(EvaluationProgress value) => report(value);
    }
}
