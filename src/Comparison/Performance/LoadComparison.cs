using Octet.Contracts.Results;
using Octet.Contracts.Runs;

namespace Octet.Comparison.Performance;

/// <summary>One server at one concurrency: medians over its runs. Null where no run had a value.</summary>
public sealed record SideAtLoad(double OutputTokensPerSecond, double RequestsPerSecond, double? TtftP50Ms, double? TtftP95Ms, double? ItlP50Ms, double? ItlP95Ms, double? LatencyP50Ms, int Completed, int Failed);

/// <summary>Both servers at one concurrency; ratios are compressed over base for throughput and base over compressed for latencies, so that above 1 is better.</summary>
public sealed record LoadPointComparison(int Concurrency, SideAtLoad Base, SideAtLoad Compressed, RatioInterval Throughput, RatioInterval Ttft, RatioInterval Itl);

/// <summary>ITL in milliseconds as a + s * concurrency, least squares over runs.</summary>
public sealed record ItlFit(double Intercept, Interval Slope, int Runs);

/// <summary>How the inter-token latency of one server grows.</summary>
/// <param name="Ratio">Median ITL at the highest concurrency over that at the lowest; null where one is missing.</param>
/// <param name="Fit">Null below three runs or with one concurrency.</param>
public sealed record ItlDegradation(double? Ratio, ItlFit? Fit);

/// <summary>Capacity of one server.</summary>
/// <param name="PassesAt">Highest concurrency of the grid that meets the limits; null when none does.</param>
/// <param name="FailsAt">Lowest one above it that does not; null when none fails.</param>
/// <param name="NotEstimable">True where p95 has too few requests.</param>
/// <param name="KneeAt">Concurrency after which a doubling gains less than 10 %; null when not reached.</param>
/// <param name="Fit">By isotonic regression; null where a point has too few requests.</param>
public sealed record Capacity(int? PassesAt, int? FailsAt, bool NotEstimable, int? KneeAt, CapacityFit? Fit);

/// <summary>The limits of the capacity question, in milliseconds.</summary>
public sealed record SloLimits(double TtftMs, double ItlMs, string Origin);

/// <summary>Both servers under load.</summary>
/// <param name="Points">By concurrency.</param>
/// <param name="MeanThroughput">Geometric mean over the grid of the throughput ratio; one value a block, so that the block is the unit.</param>
/// <param name="BaseItl">Growth of the base model's ITL.</param>
/// <param name="CompressedItl">Growth of the compressed model's ITL.</param>
/// <param name="Slo">Limits of the capacity question; null where none can be derived.</param>
/// <param name="BaseCapacity">Of the base model.</param>
/// <param name="CompressedCapacity">Of the compressed model.</param>
/// <param name="BreakEven">Under tighter and looser limits; empty where no limits can be derived.</param>
public sealed record LoadComparison(
    IReadOnlyList<LoadPointComparison> Points, RatioInterval MeanThroughput, ItlDegradation BaseItl, ItlDegradation CompressedItl, SloLimits? Slo, Capacity BaseCapacity, Capacity CompressedCapacity, IReadOnlyList<SloThroughput> BreakEven)
{
    private const double AutoTtftFactor = 10;
    private const double AutoItlFactor = 3;
    private const double KneeGain = 0.10;

    /// <param name="report">load.json.</param>
    /// <param name="rows">requests.parquet: the p95 of a point is taken over the measured requests of all its runs.</param>
    /// <param name="slo">Limits of the run specification.</param>
    /// <param name="alpha">One-sided level.</param>
    public static LoadComparison From(LoadReport report, IReadOnlyList<RequestRow> rows, SloSpec slo, double alpha)
    {
        ArgumentNullException.ThrowIfNull(report);
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(slo);
        if (report.Points.Count == 0)
        {
            throw new ArgumentException("load.json holds no runs; stage load writes them: run it again");
        }

        var points = report.Points.Select(point => point.Concurrency).Distinct().Order().Select(concurrency => Compare(report, rows, concurrency, alpha)).ToArray();
        var limits = Limits(slo, points);
        return new LoadComparison(
            points, MeanRatio(report, points.Length, alpha), Degradation(report, Variants.Base, points.Select(point => point.Base.ItlP50Ms), alpha), Degradation(report, Variants.Compressed, points.Select(point => point.Compressed.ItlP50Ms), alpha),
            limits, CapacityOf([.. points.Select(point => (point.Concurrency, point.Base))], limits, slo.MaxErrorRate, Fit(Variants.Base)), CapacityOf([.. points.Select(point => (point.Concurrency, point.Compressed))], limits, slo.MaxErrorRate, Fit(Variants.Compressed)),
            limits is null ? [] : [.. SloThroughput.Factors.Select(factor => SloThroughput.Of(factor, limits, report, Highest(point => point.Base, factor), Highest(point => point.Compressed, factor), alpha))]);

        // Null as well where a point above has too few requests to say whether it meets them.
        (int, double)? Highest(Func<LoadPointComparison, SideAtLoad> side, double factor)
        {
            var capacity = CapacityOf([.. points.Select(point => (point.Concurrency, side(point)))], limits with { TtftMs = factor * limits.TtftMs, ItlMs = factor * limits.ItlMs }, slo.MaxErrorRate, null);
            return capacity.PassesAt is { } streams && !points.Any(point => point.Concurrency > streams && point.Concurrency < (capacity.FailsAt ?? int.MaxValue) && (side(point).TtftP95Ms is null || side(point).ItlP95Ms is null))
                ? (streams, side(points.Single(point => point.Concurrency == streams)).OutputTokensPerSecond)
                : null;
        }

        CapacityFit? Fit(string variant) => limits is null ? null : CapacityFit.Of(rows.Where(row => row.Variant == variant), limits, slo.MaxErrorRate, alpha);
    }

    private static LoadPointComparison Compare(LoadReport report, IReadOnlyList<RequestRow> rows, int concurrency, double alpha)
    {
        var runs = report.Points.Where(point => point.Concurrency == concurrency).ToArray();
        var blocks = report.Points.Select(point => point.Block).Distinct().Count();
        var pairs = runs.GroupBy(point => point.Block).Select(block => (Base: block.SingleOrDefault(point => point.Variant == Variants.Base), Compressed: block.SingleOrDefault(point => point.Variant == Variants.Compressed)))
            .Where(pair => pair.Base is not null && pair.Compressed is not null).ToArray();
        return new LoadPointComparison(
            concurrency, Side(runs, rows, concurrency, Variants.Base), Side(runs, rows, concurrency, Variants.Compressed),
            Ratio(pair => (pair.Compressed!.OutputTokensPerSecond, pair.Base!.OutputTokensPerSecond)),
            Ratio(pair => (pair.Base!.TtftMs.P50, pair.Compressed!.TtftMs.P50)),
            Ratio(pair => (pair.Base!.ItlMs.P50, pair.Compressed!.ItlMs.P50)));

        RatioInterval Ratio(Func<(LoadPoint? Base, LoadPoint? Compressed), (double? Above, double? Below)> values)
        {
            var interval = RatioInterval.From([.. pairs.Select(values).Where(value => value is { Above: > 0, Below: > 0 }).Select(value => value.Above!.Value / value.Below!.Value)], alpha);
            var used = pairs.Count(pair => values(pair) is { Above: > 0, Below: > 0 });
            return interval with { Lost = blocks - used };
        }
    }

    /// <summary>Blocks that lack a point, or in which a side delivered nothing, are counted as lost.</summary>
    private static RatioInterval MeanRatio(LoadReport report, int points, double alpha)
    {
        var blocks = report.Points.GroupBy(point => point.Block).Select(block => block.GroupBy(point => point.Concurrency)
            .Select(pair => (Base: pair.SingleOrDefault(point => point.Variant == Variants.Base)?.OutputTokensPerSecond, Compressed: pair.SingleOrDefault(point => point.Variant == Variants.Compressed)?.OutputTokensPerSecond))
            .Where(pair => pair is { Base: > 0, Compressed: > 0 }).Select(pair => Math.Log(pair.Compressed!.Value / pair.Base!.Value)).ToArray());
        double[][] whole = [.. blocks.Where(logs => logs.Length == points)];
        return RatioInterval.From([.. whole.Select(logs => Math.Exp(logs.Average()))], alpha) with { Lost = report.Points.Select(point => point.Block).Distinct().Count() - whole.Length };
    }

    private static SideAtLoad Side(LoadPoint[] runs, IReadOnlyList<RequestRow> rows, int concurrency, string variant)
    {
        var own = runs.Where(point => point.Variant == variant).ToArray();
        if (own.Length == 0)
        {
            throw new ArgumentException($"load.json has no run of the {variant} model at {concurrency} streams; stage load writes it: run it again");
        }

        var measured = rows.Where(row => row.Variant == variant && row.Concurrency == concurrency && row is { Measured: true, Succeeded: true }).ToArray();
        if (measured.Length != own.Sum(point => point.Completed))
        {
            throw new ArgumentException($"load.json counts {own.Sum(point => point.Completed)} requests of the {variant} model at {concurrency} streams, requests.parquet has {measured.Length}; run stage load again");
        }

        double[] ttft = [.. measured.Select(row => row.TtftMs).Order()];
        double[] itl = [.. measured.Select(row => row.ItlMs).OfType<double>().Order()];
        return new SideAtLoad(
            Median(own.Select(point => (double?)point.OutputTokensPerSecond))!.Value, Median(own.Select(point => (double?)point.RequestsPerSecond))!.Value,
            Median(own.Select(point => point.TtftMs.P50)), Percentile.OrNull(ttft, 0.95), Median(own.Select(point => point.ItlMs.P50)), Percentile.OrNull(itl, 0.95),
            Median(own.Select(point => point.LatencyMs.P50)), own.Sum(point => point.Completed), own.Sum(point => point.Failed));
    }

    private static double? Median(IEnumerable<double?> values)
    {
        double[] sorted = [.. values.OfType<double>().Order()];
        return sorted.Length == 0 ? null : (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    private static ItlDegradation Degradation(LoadReport report, string variant, IEnumerable<double?> medians, double alpha)
    {
        var grid = medians.ToArray();
        double? ratio = grid.Length > 1 && grid[0] is > 0 and var first && grid[^1] is { } last ? last / first : null;
        return new ItlDegradation(ratio, Fit([.. report.Points.Where(point => point.Variant == variant && point.ItlMs.P50 is not null).Select(point => ((double)point.Concurrency, point.ItlMs.P50!.Value))], alpha));
    }

    private static ItlFit? Fit((double X, double Y)[] runs, double alpha)
    {
        if (runs.Length < 3 || runs.Select(run => run.X).Distinct().Count() < 2)
        {
            return null;
        }

        var (x, y) = (runs.Average(run => run.X), runs.Average(run => run.Y));
        var spread = runs.Sum(run => (run.X - x) * (run.X - x));
        var slope = runs.Sum(run => (run.X - x) * (run.Y - y)) / spread;
        var intercept = y - (slope * x);
        var residual = runs.Sum(run => (run.Y - intercept - (slope * run.X)) * (run.Y - intercept - (slope * run.X)));
        var reach = Distributions.StudentT.Quantile(1 - alpha, runs.Length - 2) * Math.Sqrt(residual / (runs.Length - 2) / spread);
        return new ItlFit(intercept, new Interval(slope, slope - reach, slope + reach), runs.Length);
    }

    /// <summary>"auto": ten times the base model's unloaded median TTFT, three times its ITL.</summary>
    private static SloLimits? Limits(SloSpec slo, LoadPointComparison[] points) => (slo.TtftMs, slo.ItlMs) is ({ } ttft, { } itl)
        ? new SloLimits(ttft, itl, slo.Preset)
        : points is [{ Base: { TtftP50Ms: { } unloadedTtft, ItlP50Ms: { } unloadedItl } }, ..]
            ? new SloLimits(slo.TtftMs ?? (AutoTtftFactor * unloadedTtft), slo.ItlMs ?? (AutoItlFactor * unloadedItl), "auto: 10 x TTFT and 3 x ITL of the base model at the lowest load")
            : null;

    private static Capacity CapacityOf((int Concurrency, SideAtLoad Side)[] grid, SloLimits? limits, double maxErrorRate, CapacityFit? fit)
    {
        int? passes = null, fails = null;
        var unknown = limits is null;
        foreach (var (concurrency, side) in grid)
        {
            var errors = (double)side.Failed / Math.Max(1, side.Completed + side.Failed);
            if (errors > maxErrorRate && limits is not null)
            {
                fails ??= concurrency;
                continue;
            }

            if (side.TtftP95Ms is not { } ttft || side.ItlP95Ms is not { } itl || limits is null)
            {
                unknown = true;
                continue;
            }

            if (fails is null && ttft <= limits.TtftMs && itl <= limits.ItlMs)
            {
                passes = concurrency;
            }
            else
            {
                fails ??= concurrency;
            }
        }

        return new Capacity(passes, fails, passes is null && fails is null && unknown, Knee(grid), fit);
    }

    private static int? Knee((int Concurrency, SideAtLoad Side)[] grid)
    {
        for (var i = 0; i + 1 < grid.Length; i++)
        {
            var doublings = Math.Log2((double)grid[i + 1].Concurrency / grid[i].Concurrency);
            var gain = grid[i + 1].Side.OutputTokensPerSecond / grid[i].Side.OutputTokensPerSecond;
            if (grid[i].Side.OutputTokensPerSecond > 0 && Math.Pow(gain, 1 / doublings) < 1 + KneeGain)
            {
                return grid[i].Concurrency;
            }
        }

        return null;
    }
}
