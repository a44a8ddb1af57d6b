using System.Text.Json;
using Octet.Evaluator.Statistics;

namespace Octet.Cli.Parity.LmEval;

/// <summary>lm-eval's aggregations and standard errors.</summary>
public sealed class StatisticsSuite : IParitySuite
{
    /// <summary>Sums of at most sixty terms near one, each rounded to 2^-53.</summary>
    private const double Limit = 1e-14;

    public string Name => "lm-eval/statistics";

    public bool IsPresent(ParityFolders folders) => File.Exists(PathOf(folders));

    public Task<ParityResult> RunAsync(ParityFolders folders, CancellationToken cancellationToken)
    {
        var tally = new ParityTally();
        tally.Try(Name, () =>
        {
            foreach (var line in RecordedLines.Read(PathOf(folders)))
            {
                tally.Try("a line", () =>
                {
                    var expected = line.GetProperty("result").GetDouble();
                    var actual = Compute(line);
                    tally.Within(Math.Abs(actual - expected) / Math.Max(1, Math.Abs(expected)), Limit, () => $"{line.GetProperty("function")} is {actual:R} instead of {expected:R}");
                });
            }
        });
        return Task.FromResult(tally.Result($"{Limit:0e-0} (relative)"));
    }

    private static double Compute(JsonElement line)
    {
        var arguments = line.GetProperty("args").EnumerateArray().ToArray();
        return line.GetProperty("function").GetString() switch
        {
            "mean_stderr" => LmEvalStatistics.MeanError(Numbers(arguments[0])) ?? double.NaN,
            "pooled_sample_stderr" => LmEvalStatistics.PooledError(Numbers(arguments[0]), Sizes(arguments[1])),
            "aggregate_subtask_metrics" => LmEvalStatistics.GroupMean(Numbers(arguments[0]), Sizes(arguments[1]), !line.TryGetProperty("weight_by_size", out var flag) || flag.GetBoolean()),
            "unweighted_mean_stderr" => LmEvalStatistics.UnweightedError(Numbers(arguments[0])),
            "perplexity" => LmEvalStatistics.Perplexity(Numbers(arguments[0])),
            "weighted_perplexity" => LmEvalStatistics.WeightedPerplexity(Pairs(arguments[0])),
            "bits_per_byte" => LmEvalStatistics.BitsPerUnit(Pairs(arguments[0])),
            "bootstrap_stderr" => LmEvalStatistics.BootstrapError(Numbers(arguments[0]), line.GetProperty("of").GetString() == "median" ? LmEvalStatistics.Median : LmEvalStatistics.Perplexity, line.GetProperty("iters").GetInt32()),
            var name => throw new InvalidDataException($"function {name} is not known"),
        };
    }

    private static double[] Numbers(JsonElement list) => [.. list.EnumerateArray().Select(value => value.ValueKind switch { JsonValueKind.True => 1, JsonValueKind.False => 0, _ => value.GetDouble() })];

    private static int[] Sizes(JsonElement list) => [.. list.EnumerateArray().Select(value => value.GetInt32())];

    private static (double, int)[] Pairs(JsonElement list) => [.. list.EnumerateArray().Select(pair => (pair[0].GetDouble(), pair[1].GetInt32()))];

    private static string PathOf(ParityFolders folders) => Path.Combine(folders.Goldens, "lm-eval", "stats_cases.jsonl");
}
