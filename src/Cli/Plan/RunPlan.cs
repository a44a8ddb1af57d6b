using System.Globalization;
using Octet.Contracts.Runs;

namespace Octet.Cli.Plan;

/// <summary>Minutes of every stage, each with its basis: an earlier run of the model here, the specification itself, or a documented rate.</summary>
/// <param name="spec">The run.</param>
/// <param name="counts">Documents of its tasks.</param>
/// <param name="parameters">Of the model.</param>
/// <param name="gpu">Name of the GPU that the run will have; empty for none.</param>
/// <param name="earlier">The newest run of the model in this data root.</param>
internal sealed class RunPlan(RunSpec spec, DocumentCounts counts, double parameters, string gpu, EarlierRun? earlier)
{
    private const string Unknown = "nothing measured says it: the first run does";
    private const int LongestIfEvalAnswer = 1280;
    private const int ChoicesOfADocument = 4;

    public IReadOnlyList<StageEstimate> Stages() =>
    [
        Earlier("preflight") ?? None("preflight"), Quantize(), Earlier("verify") ?? None("verify"), Serve(), Evaluate(), .. spec.Evaluate.Divergence is null ? Array.Empty<StageEstimate>() : [Earlier("divergence") ?? None("divergence")], Load(), Earlier("compare") ?? None("compare"),
    ];

    private bool IsDocumentedSize => Math.Abs((parameters / DocumentedRates.Parameters) - 1) <= DocumentedRates.Closeness;

    private StageEstimate Quantize()
    {
        var same = earlier?.Spec.Quantize is { } before && before.Recipe == spec.Quantize.Recipe && before.Scheme == spec.Quantize.Scheme && before.Backend == spec.Quantize.Backend;
        return (same ? Earlier("quantize") : null) ?? Documented("quantize", spec.Quantize.Backend == "native" ? null : DocumentedRates.QuantizeMinutes(spec.Quantize.Recipe, gpu));
    }

    private StageEstimate Serve()
    {
        var same = earlier?.Spec.Serve.Backend == spec.Serve.Backend;
        return (same ? Earlier("serve") : null) ?? Documented("serve", spec.Serve.Backend == "vllm" ? DocumentedRates.StartMinutes(gpu) : null);
    }

    private StageEstimate Evaluate()
    {
        var documents = counts.ByTask;
        if (documents.FirstOrDefault(task => task.Value is null) is { Key: { } missing })
        {
            return new("evaluate", null, false, $"the number of documents of {missing} is not known before its data is read");
        }

        if (earlier is not null && earlier.Spec.Evaluate.Backend == spec.Evaluate.Backend && documents.Keys.All(earlier.DocumentSeconds.ContainsKey))
        {
            var seconds = documents.Sum(task => task.Value!.Value * earlier.DocumentSeconds[task.Key]);
            return new("evaluate", seconds / 60, false, $"{documents.Values.Sum():N0} documents at the pace of run {earlier.Id}");
        }

        if (!IsDocumentedSize || spec.Evaluate.NumFewshot > 0 || DocumentedRates.RequestsPerSecond(spec.Evaluate.Concurrency, gpu) is not { } rate)
        {
            return None("evaluate");
        }

        // A scored choice is at most one such request, since it generates one token; a long answer is as many as its length takes.
        var requests = documents.Sum(task => task.Value!.Value * (task.Key.EndsWith("ifeval", StringComparison.Ordinal) ? LongestIfEvalAnswer / DocumentedRates.RequestTokensOut : ChoicesOfADocument));
        return new("evaluate", 2 * requests / rate.Value / 60, true, string.Create(CultureInfo.InvariantCulture, $"two models, {requests:N0} requests no longer than {DocumentedRates.RequestTokensIn} tokens, {rate.Value:0.0} a second ({rate.Source})"));
    }

    private StageEstimate Load()
    {
        var runs = 2 * spec.Load.Replicates * spec.Load.Concurrency.Count;
        var starts = spec.Load.Backend == "python" ? 2 * spec.Load.Replicates * DocumentedRates.GuideLlmStart.Value : 0;
        var minutes = ((runs * spec.Load.Seconds) + starts) / 60;
        var basis = string.Create(CultureInfo.InvariantCulture, $"{runs} runs of {spec.Load.Seconds:0.##} s, as the specification says; the warm-up of one wave of requests before each comes on top");
        return new("load", minutes, false, starts > 0 ? $"{basis}; {DocumentedRates.GuideLlmStart.Source}, {2 * spec.Load.Replicates} times" : basis);
    }

    private StageEstimate Documented(string stage, DocumentedRate? minutes) =>
        IsDocumentedSize && minutes is { } rate ? new(stage, rate.Value, false, rate.Source) : None(stage);

    private StageEstimate? Earlier(string stage) =>
        earlier is not null && earlier.StageSeconds.TryGetValue(stage, out var seconds) ? new(stage, seconds / 60, false, $"as in run {earlier.Id}") : null;

    private static StageEstimate None(string stage) => new(stage, null, false, Unknown);
}
