using System.Globalization;
using System.Text;
using Octet.Contracts.Reporter.V1;
using Octet.Contracts.Runs;
using Octet.Reporter.Imports;
using Octet.Reporter.Report;

namespace Octet.Reporter.Pairs;

/// <summary><c>comparison.md</c> of two result sets: verdict, what is missing, then every number of both.</summary>
public sealed class PairReport(PairComparison comparison)
{
    private readonly StringBuilder _text = new();

    /// <summary>Writes comparison.md and comparison.json.</summary>
    /// <exception cref="OctetException">Kind Storage: they cannot be written.</exception>
    public static async Task WriteAsync(PairComparison comparison, string folder, CancellationToken cancellationToken)
    {
        var markdown = new PairReport(comparison).Write();
        await ReportFile.WriteAsync(Path.Combine(folder, RunFiles.Comparison), comparison, PairJson.Default.PairComparison, cancellationToken);
        await ReportFile.WriteAsync(Path.Combine(folder, RunFiles.ComparisonMarkdown), stream => stream.WriteAsync(Encoding.UTF8.GetBytes(markdown), cancellationToken).AsTask());
    }

    public string Write()
    {
        Line($"# May the candidate replace the base? {VerdictText}\n");
        Line($"- Base: {comparison.Base.Path} ({comparison.Base.Form})");
        Line($"- Candidate: {comparison.Candidate.Path} ({comparison.Candidate.Form})");
        foreach (var reason in comparison.Reasons)
        {
            Line($"- {reason}");
        }

        foreach (var missing in comparison.Missing)
        {
            Line($"- Missing: {missing}");
        }

        Line("");
        Tasks();
        Scores();
        Load();
        Naive();
        Line($"Policy SHA-256 {comparison.PolicySha256}. Every number above is in comparison.json.");
        return _text.ToString();
    }

    private string VerdictText => comparison.Verdict switch { Verdict.Go => "GO", Verdict.NoGo => "NO-GO", _ => "INCONCLUSIVE" };

    private void Tasks()
    {
        if (comparison.Tasks.Count == 0)
        {
            return;
        }

        Line("## Accuracy, paired by document\n");
        Line($"Delta is candidate minus base in points with one-sided {Number((1 - comparison.Alpha) * 100, "0.##")} % bounds (Tango). b: right to wrong, c: wrong to right. Holm p: McNemar's exact p corrected over the tasks.\n");
        AccuracySection.Tasks(_text, comparison.Tasks, "Candidate");
    }

    private void Scores()
    {
        if (comparison.Scores.Count == 0)
        {
            return;
        }

        Line("## Scores\n");
        Line("As the tools give them. The difference has no test: standard errors of single scores say nothing about a paired difference.\n");
        MarkdownTable.Write(_text, ["Task", "Metric", "Documents", "Base", "Candidate", "Difference"], comparison.Scores.Select(score => (IReadOnlyList<string>)
        [
            score.Task, score.Metric, score.Base.Documents == score.Candidate.Documents ? $"{score.Base.Documents}" : $"{score.Base.Documents} and {score.Candidate.Documents}", Score(score.Base), Score(score.Candidate), Number(score.Candidate.Value - score.Base.Value, "+0.####;-0.####;0"),
        ]));
    }

    private void Load()
    {
        if (comparison.Base.Load.Count + comparison.Candidate.Load.Count == 0)
        {
            return;
        }

        Line("## Load\n");
        MarkdownTable.Write(_text, ["Load", "Side", "Requests", "Failed", "Requests/s", "Concurrency", "TTFT p50 ms", "ITL p50 ms", "Output tok/s"], comparison.Base.Load.Select(run => Row(run, "base")).Concat(comparison.Candidate.Load.Select(run => Row(run, "candidate"))));
        if (comparison.Load is { } alternating)
        {
            Line($"Alternating blocks, {alternating.MeanThroughput.Pairs} pairs a point. Output tokens/s, candidate over base, geometric mean over the grid: {(alternating.MeanThroughput.Interval is { } mean ? $"{Number(mean.Estimate, "0.000")} ({Number(mean.Lower, "0.000")} to {Number(mean.Upper, "0.000")})" : "not estimable")}.\n");
        }
        else if (comparison.LoadPairs.Count > 0)
        {
            Line("Ratios at equal load, above 1 in favour of the candidate, without intervals: see what is missing.\n");
            MarkdownTable.Write(_text, ["Load", "Runs", "Output tok/s", "TTFT", "ITL"], comparison.LoadPairs.Select(pair => (IReadOnlyList<string>)[pair.Load, $"{pair.BaseRuns} and {pair.CandidateRuns}", Optional(pair.Throughput, "0.000"), Optional(pair.Ttft, "0.000"), Optional(pair.Itl, "0.000")]));
        }
    }

    /// <summary>What a comparison of two sweeps is often read for; shown with the reason why it decides nothing.</summary>
    private void Naive()
    {
        var (first, second) = (NaiveReading.Of(comparison.Base.Load), NaiveReading.Of(comparison.Candidate.Load));
        if (first is null || second is null || comparison.Load is not null)
        {
            return;
        }

        Line("## The naive reading\n");
        Line($"Highest concurrency seen at a fixed rate: {Number(first.Concurrency, "0.0")} (base) and {Number(second.Concurrency, "0.0")} (candidate). ITL there over ITL of one stream: {Number(first.ItlRatio, "0.0")} and {Number(second.ItlRatio, "0.0")}. Neither is a property of a server: both follow from the rates that its own sweep chose{(second.Concurrency > first.Concurrency == second.ItlRatio > first.ItlRatio ? ", and here they contradict each other: by the one the candidate is better, by the other worse" : "")}.\n");
    }

    private static IReadOnlyList<string> Row(LoadObservation run, string side) =>
    [
        run.Load, side, $"{run.Completed}", $"{run.Failed}", Number(run.RequestsPerSecond, "0.00"), Optional(run.Concurrency, "0.0"), Optional(run.TtftP50Ms, "0.0"), Optional(run.ItlP50Ms, "0.00"), Number(run.OutputTokensPerSecond, "0"),
    ];

    private static string Score(TaskScore score) => Number(score.Value, "0.####") + (score.StandardError is { } error ? $" +- {Number(error, "0.####")}" : "");

    private static string Optional(double? value, string format) => value is { } number ? Number(number, format) : "n. e.";

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);

    private void Line(string text) => _text.Append(text).Append('\n');
}

/// <summary>The two figures of a sweep that look like answers.</summary>
/// <param name="Concurrency">Highest mean concurrency of the open-loop runs.</param>
/// <param name="ItlRatio">Median ITL of the last of them over that of the synchronous run.</param>
public sealed record NaiveReading(double Concurrency, double ItlRatio)
{
    /// <summary>Null where the runs are no sweep.</summary>
    public static NaiveReading? Of(IReadOnlyList<LoadObservation> runs)
    {
        ArgumentNullException.ThrowIfNull(runs);
        LoadObservation[] open = [.. runs.Where(run => run.Rate is not null && run is { Concurrency: not null, ItlP50Ms: not null })];
        return open.Length > 0 && runs.FirstOrDefault(run => run.Streams == 1)?.ItlP50Ms is > 0 and var alone
            ? new NaiveReading(open.Max(run => run.Concurrency!.Value), open[^1].ItlP50Ms!.Value / alone)
            : null;
    }
}
