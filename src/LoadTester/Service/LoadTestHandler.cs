using Octet.Checkpoints;
using Octet.Checkpoints.Tokenizers;
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
    private const int MostPoolIds = 4096;

    public async Task<JobResult> HandleAsync(LoadTestJob job, IProgress<JobProgress> progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(job);
        ArgumentNullException.ThrowIfNull(progress);
        var output = root.Resolve(job.OutputPath);
        var prompts = new PromptSource(Pool(root.ResolveReadable(job.TokenizerPath)), job.PromptTokens, job.OutputTokens);
        var experiment = new LoadExperiment(job, prompts, configuration["OCTET_API_KEY"], time);
        var relay = new InlineProgress(update => progress.Report(new JobProgress(update.Activity, update.Done, update.Total, "runs")));
        var result = await experiment.RunAsync(relay, cancellationToken);
        await ReportFile.WriteAsync(Path.Combine(output, RunFiles.Requests), stream => RequestParquet.WriteAsync(stream, result.Rows, cancellationToken));
        var report = Path.Combine(output, RunFiles.Load);
        await ReportFile.WriteAsync(report, result.Report, OctetJson.Default.LoadReport, cancellationToken);
        return new JobResult(root.ToRelative(report));
    }

    /// <summary>Ordinary tokens: not special, and with text of their own.</summary>
    private static IEnumerable<int> Pool(string model)
    {
        Tokenizer tokenizer;
        try
        {
            tokenizer = Tokenizer.Load(model);
        }
        catch (CheckpointException failure)
        {
            throw new OctetException(FailureKind.Model, failure.Message, failure);
        }

        return Enumerable.Range(0, tokenizer.VocabSize)
            .Where(id => tokenizer.TokenPiece(id) is not null && !tokenizer.IsSpecial(id) && tokenizer.TokenText(id) is { Length: > 0 } text && !text.Contains('\uFFFD'))
            .Take(MostPoolIds);
    }

    private sealed class InlineProgress(Action<LoadProgress> report) : IProgress<LoadProgress>
    {
        public void Report(LoadProgress value) => report(value);
    }
}
