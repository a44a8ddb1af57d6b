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
        var relay = new Relay(update => progress.Report(update.Unit is { } unit ? new JobProgress(update.Task, update.Done, update.Total, unit) : new JobProgress($"{update.Task} on {job.Variant}", update.Done, update.Total, "documents")));
        await new EvaluationRun(ToOptions(job), time).RunAsync(relay, cancellationToken);
        return new JobResult(Path.Combine(job.OutputPath, RunFiles.Results(job.Variant)));
    }

    private EvaluationOptions ToOptions(EvaluateJob job)
    {
        var options = new EvaluationOptions
        {
            Variant = job.Variant,
            Endpoint = job.Endpoint,
            ServedModelName = job.ServedModelName,
            TokenizerPath = root.ResolveReadable(job.TokenizerPath),
            Tasks = job.Tasks,
            NumFewshot = job.NumFewshot,
            Limit = job.Limit,
            TaskFolder = job.TaskFolder is { } folder ? root.ResolveReadable(folder) : null,
            SystemInstruction = job.SystemInstruction,
            Concurrency = job.Concurrency,
            ApplyChatTemplate = job.ApplyChatTemplate,
            DatasetsPath = root.ResolveReadable(job.DatasetsPath ?? throw new OctetException(FailureKind.Dataset, "no folder of data sets was given; use --datasets DIR")),
            OutputPath = root.Resolve(job.OutputPath),
            Seed = job.Seed,
            ApiKey = configuration["OCTET_API_KEY"],
        };
        return options with
        {
            FewshotSeed = job.FewshotSeed is { } seed ? (ulong)seed : options.FewshotSeed,
            FewshotAsMultiturn = job.FewshotAsMultiturn ?? options.FewshotAsMultiturn,
        };
    }

    private sealed class Relay(Action<EvaluationProgress> report) : IProgress<EvaluationProgress>
    {
        public void Report(EvaluationProgress value) => report(value);
    }
}
