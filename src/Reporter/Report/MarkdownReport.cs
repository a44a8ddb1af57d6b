using System.Globalization;
using System.Text;
using Octet.Comparison;
using Octet.Comparison.Performance;
using Octet.Comparison.Verdicts;
using Octet.Contracts.Reporter.V1;
using Octet.Contracts.Results;
using Octet.Contracts.Runs;

namespace Octet.Reporter.Report;

/// <summary><c>comparison.md</c>, for a stranger: verdict first, then the evidence, then how it was measured.</summary>
public sealed class MarkdownReport(ReportInputs inputs, RunComparison comparison)
{
    private const string TooFew = "not estimable: fewer than 59 requests at a point";

    private readonly StringBuilder _text = new();

    public string Write()
    {
        var @base = Server(Variants.Base);
        var compressed = Server(Variants.Compressed);
        Line(comparison.IsControl
            ? $"# A/A control of {@base.ServedModelName}: {comparison.Verdict switch { Verdict.Go => "no false difference", Verdict.NoGo => "a false difference", _ => "not decided" }}\n"
            : $"# May {compressed.ServedModelName} replace {@base.ServedModelName}? {Name(comparison.Verdict)}\n");
        foreach (var reason in comparison.Reasons)
        {
            Line($"- {reason}");
        }

        foreach (var (next, i) in comparison.NextMeasurements.Select((next, i) => (next, i)))
        {
            Line($"- {(i == 0 ? "Cheapest next measurement (80 % probability to decide this gate, if what was observed is the truth)" : "Also undecided")}: {next.Text}{(next.Command is { } command ? $": `{command}`" : "")}");
        }

        if (comparison.NextMeasurements.Count > 0 && inputs.Spec.Policy.Looks is not > 1)
        {
            Line("- Measuring again until it passes calls more bad models good than alpha says (two looks at 5 %: 7.5 %); a policy can plan its looks (docs/statistics.md).");
        }

        Warnings(@base);
        Gates();
        Accuracy();
        Divergence();
        Latency();
        Degradation();
        CapacitySection();
        BreakEven();
        Memory(@base, compressed);
        Artefact();
        Method(@base, compressed);
        return _text.ToString();
    }

    private void Warnings(ServerFacts @base)
    {
        Line("");
        if (comparison.IsControl)
        {
            Line("**Base against base:** nothing was compressed, so every difference below is noise or an error of the method. \"Compressed\" names the second copy. The flips are the noise floor of this engine; each gate asks whether a difference was found that is not there. A policy's gates are not applied.\n");
        }

        if (comparison.Tasks.Any(task => task.Task.StartsWith("mini_", StringComparison.Ordinal)))
        {
            Line("The tasks named mini_* are Octet's own small tasks in the form of the public benchmarks. They are not MMLU, ARC, HellaSwag or IFEval, and their scores compare with nothing but each other.\n");
        }

        if (@base.Configuration.GetValueOrDefault("synthetic") == "true")
        {
            Line("**This model has random weights.** Only its speed and memory mean anything.\n");
        }

        if (@base.Configuration.GetValueOrDefault("planted_outliers") is { } outliers)
        {
            Line($"**This model is synthetic:** activation outliers were planted in it ({outliers}).\n");
        }

        if (comparison.Machine.LastLevelCacheBytes is { } cache && @base.WeightBytes < 4 * cache)
        {
            Line(string.Create(CultureInfo.InvariantCulture, $"The weights ({@base.WeightBytes / 1e6:0.0} MB) are less than four times this machine's last-level cache ({cache / 1e6:0.0} MB): speed here is partly the cache's. Do not extrapolate it to larger models.\n"));
        }
    }

    private void Gates()
    {
        Line("## Gates\n");
        MarkdownTable.Write(_text, ["Gate", "Importance", "Outcome", "Evidence"], comparison.Gates.Select(gate => (IReadOnlyList<string>)[gate.Name, gate.Importance.ToString().ToLowerInvariant(), VerdictRule.Word(gate.Outcome), gate.Reason]));
    }

    private void Accuracy()
    {
        Line("## Accuracy\n");
        AccuracySection.Write(_text, inputs, comparison);
    }

    private void Divergence()
    {
        if (comparison.Divergence is not { } divergence || inputs.Spec.Evaluate.Divergence is not { } spec)
        {
            return;
        }

        Line("## Divergence (advisory)\n");
        Line($"Both models' distributions at the same tokens of {Path.GetFileName(spec.File)}, cut into {divergence.Pieces} {(spec.Text is null ? "prompts" : "windows")}; +- is one standard error over them. KL divergence is over the {divergence.Top} likeliest tokens of each and the rest as one: a lower bound. No gate uses it. Piece by piece: {RunFiles.Divergence}.\n");
        MarkdownTable.Write(_text, ["Tokens", "KL divergence, nats a token", "Top-1 agreement", "Perplexity, base", "Perplexity, compressed", "Difference, nats a token"], [(IReadOnlyList<string>)
        [
            $"{divergence.Positions}", $"{Number(divergence.MeanKl, "0.00000")}{Error(divergence.KlError)}", Percent(divergence.Agreement), Number(divergence.BasePerplexity, "0.000"), Number(divergence.CandidatePerplexity, "0.000"),
            $"{Number(divergence.MeanNllDifference, "+0.00000;-0.00000;0.00000")}{Error(divergence.NllError)}",
        ]]);
    }

    private static string Error(double? error) => error is { } value ? $" +- {Number(value, "0.00000")}" : "";

    private void Latency()
    {
        Line("## Latency and throughput\n");
        var pairs = comparison.Load.Points.Min(point => point.Throughput.Pairs);
        var lost = comparison.Load.Points.Max(point => point.Throughput.Lost);
        Line($"Closed loop, {inputs.Load.PromptLengths ?? $"{inputs.Load.PromptTokens}"} tokens in, {inputs.Load.OutputLengths ?? $"{inputs.Load.OutputTokens}"} out, streaming, one server under load at a time, {pairs} ABBA pairs of runs per point{(pairs < RatioInterval.FewestPairs ? $" (fewer than {RatioInterval.FewestPairs}: a smoke test, not a measurement)" : "")}{(lost > 0 ? $" ({lost} more in which a server delivered nothing)" : "")}. Values are medians over runs; ratios above 1 favour the compressed model, with one-sided {Percent(1 - inputs.JudgedPolicy.Alpha)} bounds from paired runs. n. e.: not estimable with so few requests.\n");
        MarkdownTable.Write(_text, ["Streams", "Model", "Output tok/s", "TTFT p50 ms", "TTFT p95 ms", "ITL p50 ms", "ITL p95 ms", "Requests", "Failed"], comparison.Load.Points.SelectMany(point => new[] { Row(point.Concurrency, "base", point.Base), Row(point.Concurrency, "compressed", point.Compressed) }));
        MarkdownTable.Write(_text, ["Streams", "Throughput ratio", "TTFT ratio", "ITL ratio", "Detectable throughput ratio"], comparison.Load.Points.Select(point => (IReadOnlyList<string>)
        [
            $"{point.Concurrency}", Ratio(point.Throughput), Ratio(point.Ttft), Ratio(point.Itl), point.Throughput.DetectableRatio(inputs.JudgedPolicy.Alpha) is { } detectable ? Number(detectable, "0.000") : "n. e.",
        ]));
        Line($"Throughput ratio, geometric mean over the grid (one value a block): {Ratio(comparison.Load.MeanThroughput)}; detectable {(comparison.Load.MeanThroughput.DetectableRatio(inputs.JudgedPolicy.Alpha) is { } mean ? Number(mean, "0.000") : "n. e.")}.\n");
    }

    private void Degradation()
    {
        Line("## ITL degradation with concurrency\n");
        Line("The plain ratio (ITL at the top of the grid over ITL at its start) punishes the faster model; the fit ITL = a + s x streams and the ratios at matched concurrency above do not.\n");
        MarkdownTable.Write(_text, ["Model", "Plain ratio", "a, ms", "s, ms per stream", "Bounds of s"], new[] { ("base", comparison.Load.BaseItl), ("compressed", comparison.Load.CompressedItl) }.Select(side => (IReadOnlyList<string>)
        [
            side.Item1, side.Item2.Ratio is { } ratio ? Number(ratio, "0.00") : "n. e.", side.Item2.Fit is { } fit ? Number(fit.Intercept, "0.000") : "n. e.", side.Item2.Fit is { } slope ? Number(slope.Slope.Estimate, "0.0000") : "n. e.", side.Item2.Fit is { } bounds ? Bounds(bounds.Slope, "0.0000") : "n. e.",
        ]));
    }

    private void CapacitySection()
    {
        Line("## Maximum concurrency\n");
        Line(comparison.Load.Slo is { } slo
            ? string.Create(CultureInfo.InvariantCulture, $"Limits: p95 TTFT {slo.TtftMs:0.0} ms, p95 ITL {slo.ItlMs:0.00} ms, errors at most {inputs.Spec.Slo.MaxErrorRate:0.##%} ({slo.Origin}). The knee is the load after which a doubling gains less than 10 %. The fit is an isotonic regression of the use of the limits over the grid, with one-sided {Percent(1 - inputs.JudgedPolicy.Alpha)} bounds from resampled blocks (nominal: with few blocks they cover less, docs/statistics.md).\n")
            : "No limits can be derived: the lowest load has no median.\n");
        MarkdownTable.Write(_text, ["Model", "Under the limits", "Isotonic fit", "Knee", "Limited by"], [Row("base", comparison.Load.BaseCapacity, Variants.Base), Row("compressed", comparison.Load.CompressedCapacity, Variants.Compressed)]);
    }

    private void BreakEven()
    {
        if (comparison.Load.BreakEven.Count == 0)
        {
            return;
        }

        Line("## Where the compressed model pays\n");
        Line("Output tokens/s of each model at the highest concurrency of the grid that meets the limits, from half to four times those above. On the same hardware the ratio is that of the cost of a token, whatever its price; it pays where the lower bound is above 1.\n");
        MarkdownTable.Write(_text, ["Limits", "p95 TTFT ms", "p95 ITL ms", "Streams", "Output tok/s", "Ratio", "Pays"], comparison.Load.BreakEven.Select(point => (IReadOnlyList<string>)
        [
            $"{Number(point.Factor, "0.#")} x", Number(point.Ttft, "0.0"), Number(point.Itl, "0.00"), $"{Streams(point.BaseStreams)} and {Streams(point.CompressedStreams)}", $"{Optional(point.BaseTokensPerSecond, "0.0")} and {Optional(point.CompressedTokensPerSecond, "0.0")}",
            point.Ratio is { } ratio ? Ratio(ratio) : "n. e.", Pays(point),
        ]));
        if (comparison.Cost is { } cost)
        {
            Line(string.Create(CultureInfo.InvariantCulture, $"At {cost.PerHour:0.##} {cost.Currency} an hour a million output tokens within the limits cost {cost.Base:0.0000} (base) and {cost.Compressed:0.0000} {cost.Currency} (compressed).\n"));
        }
    }

    private static string Streams(int? streams) => streams is { } number ? $"{number}" : "none";

    private string Pays(SloThroughput point) => (point.BaseStreams, point.CompressedStreams, point.Ratio) switch
    {
        (null, _, _) when comparison.Load.Points.Any(load => load.Base.TtftP95Ms is null || load.Base.ItlP95Ms is null) => TooFew,
        (_, null, _) when comparison.Load.Points.Any(load => load.Compressed.TtftP95Ms is null || load.Compressed.ItlP95Ms is null) => TooFew,
        (null, null, _) => "neither model meets the limits",
        (null, _, _) => "only the compressed model meets the limits",
        (_, null, _) => "only the base model meets the limits",
        (_, _, { Decides: true, Interval: { } interval }) => interval.Lower > 1 ? "yes" : interval.Upper < 1 ? "no" : "not decided",
        _ => "not decided",
    };

    private void Memory(ServerFacts @base, ServerFacts compressed)
    {
        Line("## Memory\n");
        MarkdownTable.Write(_text, ["Model", "Checkpoint MB", "Loaded weights MB", "KV cache tokens", "Sequences of full length in it", "Resident MB when ready"], new[] { @base, compressed }.Select(server => (IReadOnlyList<string>)
        [
            server.ServedModelName, Number(server.CheckpointBytes / 1e6, "0.0"), Number(server.WeightBytes / 1e6, "0.0"), $"{server.KvCacheTokens}", Number((double)server.KvCacheTokens / server.MaxModelLen, "0.0"), server.ResidentBytes is { } resident ? Number(resident / 1e6, "0") : "not readable",
        ]));
    }

    private void Artefact()
    {
        var quantize = comparison.Quantize;
        var worst = inputs.Artifact.Layers.MinBy(layer => layer.SqnrDb);
        Line("## The compressed model\n");
        Line(string.Create(CultureInfo.InvariantCulture, $"{quantize.Scheme}, recipe {quantize.Recipe}, by {quantize.Backend} ({string.Join(", ", quantize.ToolVersions.Select(tool => $"{tool.Key} {tool.Value}"))}): {quantize.QuantizedTensors} tensors to INT8, {quantize.CopiedTensors} copied, {quantize.BytesRead / 1e6:0.0} -> {quantize.BytesWritten / 1e6:0.0} MB in {quantize.Seconds:0.00} s, peak memory {quantize.PeakMemoryBytes / 1e6:0} MB.{(inputs.Artifact.Sha256 is { } sha ? $" Hash of its files {sha}." : "")}"));
        Line(worst is null
            ? "Checked: it has no quantized layer.\n"
            : string.Create(CultureInfo.InvariantCulture, $"Checked: {inputs.Artifact.Layers.Count} layers; least faithful {worst.Name} with {worst.SqnrDb:0.0} dB SQNR, cosine {worst.Cosine:0.000000}.\n"));
    }

    private static string Versions(IReadOnlyDictionary<string, string> tools) => string.Join(", ", tools.Select(tool => $"{tool.Key} {tool.Value}"));

    private void Method(ServerFacts @base, ServerFacts compressed)
    {
        var machine = comparison.Machine;
        Line("## How this was measured\n");
        Line($"- Machine: {machine.Processor}, {machine.Processors} processors, last-level cache {(machine.LastLevelCacheBytes is { } cache ? Number(cache / 1e6, "0.0") + " MB" : "unknown")}; {machine.OperatingSystem}; {machine.Runtime}.");
        Line($"- Engine: {@base.Engine} {@base.EngineVersion} for both, {string.Join(", ", @base.Configuration.Where(setting => setting.Key is "dtype" or "kernels" or "threads" or "max_num_seqs" or "max_num_batched_tokens" or "block_size").Select(setting => $"{setting.Key} {setting.Value}"))}. Settings that differ: {(comparison.Serving.ExpectedDifferences.Count == 0 ? "none" : string.Join(", ", comparison.Serving.ExpectedDifferences.Select(difference => difference.Setting)))}.");
        var way = comparison.Serving.Direct ? "to the two addresses that the specification gives" : "through the gateway, both the same way";
        var ready = @base.SecondsToReady is { } first && compressed.SecondsToReady is { } second ? $"Ready after {Number(first, "0.0")} and {Number(second, "0.0")} s." : "The servers ran already.";
        Line($"- Evaluation and load went {way}. {ready}");
        Line($"- Run {Path.GetFileName(inputs.Folder)}.{Reused()}");
        Line($"- Tools: evaluator {inputs.BaseResults.Backend} ({Versions(inputs.BaseResults.ToolVersions)}), load generator {inputs.Load.Backend} ({Versions(inputs.Load.ToolVersions)}).");
        Line($"- Verdict: GO when every critical gate passes; NO-GO when one fails (its bound at alpha over the number of critical tests); otherwise INCONCLUSIVE. Accuracy gates are non-inferiority tests. Policy SHA-256 {comparison.PolicySha256}.");
        if (inputs.Spec.Policy.Looks is > 1 and var looks)
        {
            Line(string.Create(CultureInfo.InvariantCulture, $"- Look {inputs.Spec.Look ?? 1} of {looks} planned: every bound is at the one-sided level {inputs.JudgedPolicy.Alpha:0.######}, so that all looks together stay at {inputs.Spec.Policy.Alpha:0.###}, if each is used once."));
        }

        Line($"- Raw rows: samples.*.parquet, requests.parquet; every number above is in comparison.json; file hashes and trace ids in manifest.json; `octet audit` compares the report with the rows.\n");
        Line("To reproduce:\n\n```\noctet run --spec spec.yaml --no-cache\n```\n\nwith spec.yaml from this run's folder.");
    }

    /// <summary>Stages whose results come from an earlier run of the same inputs.</summary>
    private string Reused() => StageTraces.Origins(Path.Combine(inputs.Folder, RunFiles.Events)) is { Count: > 0 } origins
        ? $" Not measured in it but in an earlier run of the same inputs: {string.Join(", ", origins.Select(origin => $"{origin.Key} (run {origin.Value})"))}."
        : "";

    private ServerFacts Server(string variant) => comparison.Serving.Servers.Single(server => server.Variant == variant);

    private static IReadOnlyList<string> Row(int concurrency, string model, SideAtLoad side) =>
    [
        $"{concurrency}", model, Number(side.OutputTokensPerSecond, "0.0"), Optional(side.TtftP50Ms, "0.0"), Optional(side.TtftP95Ms, "0.0"), Optional(side.ItlP50Ms, "0.000"), Optional(side.ItlP95Ms, "0.000"), $"{side.Completed}", $"{side.Failed}",
    ];

    private IReadOnlyList<string> Row(string model, Capacity capacity, string variant) =>
    [
        model,
        (capacity.NotEstimable, capacity.PassesAt, capacity.FailsAt) switch
        {
            (true, _, _) => TooFew,
            (_, { } passes, { } fails) => $"bracket: passes at {passes}, fails at {fails}",
            (_, { } passes, null) when passes < comparison.Load.Points[^1].Concurrency => $"at least {passes}; above it fewer than 59 requests at a point",
            (_, { } passes, null) => $"at least {passes} (top of the grid)",
            (_, null, { } fails) => $"below {fails}",
            _ => "not estimable",
        },
        capacity.Fit is { } fit ? Fit(fit) : "n. e.",
        capacity.KneeAt is { } knee ? $"{knee}" : "not reached",
        Limit(variant),
    ];

    private static string Fit(CapacityFit fit)
    {
        var estimate = fit.Concurrency >= fit.Top ? $"{fit.Top} or more" : fit.Concurrency > 0 ? Number(fit.Concurrency, "0.0") : "below the grid";
        return fit is { Lower: { } lower, Upper: { } upper } ? $"{estimate} ({Number(lower, "0.0")} to {(upper >= fit.Top ? $"{fit.Top} or more" : Number(upper, "0.0"))})" : estimate;
    }

    /// <summary>What the server's own metrics say at the top of the grid.</summary>
    private string Limit(string variant)
    {
        var top = inputs.Load.Points.Where(point => point.Variant == variant && point.Concurrency == comparison.Load.Points[^1].Concurrency).ToArray();
        var maxSeqs = Server(variant).Configuration.GetValueOrDefault("max_num_seqs");
        return top.Any(point => point.RequestsWaiting is > 0) && maxSeqs is not null && comparison.Load.Points[^1].Concurrency >= int.Parse(maxSeqs, CultureInfo.InvariantCulture) ? "max-num-seqs"
            : top.Any(point => point.KvCacheUsage is > 0.95) ? "KV cache full"
            : top.Any(point => point.LatenessP99Ms > 5) ? "load generator"
            : top.Any(point => point.RequestsWaiting is > 0) ? "waiting queue"
            : "not determined";
    }

    private static string Name(Verdict verdict) => verdict switch
    {
        Verdict.Go => "GO",
        Verdict.NoGo => "NO-GO",
        _ => "INCONCLUSIVE",
    };

    private static string Ratio(RatioInterval ratio) => ratio.Interval is { } interval ? $"{Number(interval.Estimate, "0.000")} ({Bounds(interval, "0.000")})" : "n. e.";

    private static string Bounds(Interval interval, string format) => $"{Number(interval.Lower, format)} to {Number(interval.Upper, format)}";

    private static string Optional(double? value, string format) => value is { } number ? Number(number, format) : "n. e.";

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);

    private static string Percent(double value) => Number(value * 100, "0.####") + " %";

    private void Line(string text) => _text.Append(text).Append('\n');
}
