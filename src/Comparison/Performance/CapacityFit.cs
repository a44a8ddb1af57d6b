using Octet.Contracts.Results;

namespace Octet.Comparison.Performance;

/// <summary>The largest concurrency within limits, by isotonic regression over the grid.</summary>
/// <param name="Concurrency">Where the fitted use of the limits reaches 1, between two points of the grid linear in log concurrency; the top of the grid when it is not reached; 0 below its lowest point.</param>
/// <param name="Lower">One-sided bound over resampled blocks; null below five blocks.</param>
/// <param name="Upper">The same on the other side: never above the grid's top, where the capacity itself may be.</param>
/// <param name="Top">The highest concurrency of the grid.</param>
/// <param name="Blocks">Blocks that were resampled, each with all its requests.</param>
public sealed record CapacityFit(double Concurrency, double? Lower, double? Upper, int Top, int Blocks)
{
    private const int Resamples = 2_000;
    private const int Seed = 20_241_125;

    /// <summary>The requests of one server; null where a point has too few for a 95th percentile.</summary>
    /// <param name="rows">Of one server.</param>
    /// <param name="limits">Of p95 TTFT and p95 ITL.</param>
    /// <param name="maxErrorRate">Share of failed requests allowed.</param>
    /// <param name="alpha">One-sided level of the bounds.</param>
    public static CapacityFit? Of(IEnumerable<RequestRow> rows, SloLimits limits, double maxErrorRate, double alpha)
    {
        ArgumentNullException.ThrowIfNull(limits);
        var measured = rows.Where(row => row.Measured).ToArray();
        int[] blocks = [.. measured.Select(row => row.Block).Distinct().Order()];
        Point[] grid = [.. measured.GroupBy(row => row.Concurrency).OrderBy(point => point.Key).Select(point => new Point(point.Key, [.. point], blocks))];
        int[] once = [.. blocks.Select(_ => 1)];
        if (grid.Length == 0 || grid.Any(point => Math.Min(point.Completed(once), point.WithItl) < Percentile.FewestFor(0.95)))
        {
            return null;
        }

        var estimate = At(grid, once, limits, maxErrorRate);
        if (blocks.Length < RatioInterval.FewestPairs)
        {
            return new CapacityFit(estimate, null, null, grid[^1].Concurrency, blocks.Length);
        }

        var resampled = Resample(grid, blocks.Length, limits, maxErrorRate);
        return new CapacityFit(estimate, Percentile.NearestRank(resampled, alpha), Percentile.NearestRank(resampled, 1 - alpha), grid[^1].Concurrency, blocks.Length);
    }

    private static double[] Resample(Point[] grid, int blocks, SloLimits limits, double maxErrorRate)
    {
        var random = new Random(Seed);
        var drawn = new int[blocks];
        var found = new double[Resamples];
        for (var i = 0; i < Resamples; i++)
        {
            Array.Clear(drawn);
            for (var k = 0; k < blocks; k++)
            {
                drawn[random.Next(blocks)]++;
            }

            found[i] = At(grid, drawn, limits, maxErrorRate);
        }

        Array.Sort(found);
        return found;
    }

    private static double At(Point[] grid, int[] drawn, SloLimits limits, double maxErrorRate)
    {
        Span<double> use = stackalloc double[grid.Length], weight = stackalloc double[grid.Length];
        for (var i = 0; i < grid.Length; i++)
        {
            (use[i], weight[i]) = (grid[i].Use(drawn, limits, maxErrorRate), Math.Max(1, grid[i].Completed(drawn)));
        }

        return Crossing(grid, IsotonicRegression.Fit(use, weight));
    }

    private static double Crossing(Point[] grid, double[] fit)
    {
        var over = Array.FindIndex(fit, value => value > 1);
        if (over <= 0)
        {
            return over < 0 ? grid[^1].Concurrency : 0;
        }

        var (low, high) = (Math.Log(grid[over - 1].Concurrency), Math.Log(grid[over].Concurrency));
        var share = double.IsInfinity(fit[over]) ? 0 : (1 - fit[over - 1]) / (fit[over] - fit[over - 1]);
        return Math.Exp(low + (share * (high - low)));
    }

    /// <summary>One concurrency: its requests in rising order, each with its block.</summary>
    private sealed class Point
    {
        private readonly (double Value, int Block)[] _ttft;
        private readonly (double Value, int Block)[] _itl;
        private readonly int[] _completed;
        private readonly int[] _failed;

        public Point(int concurrency, RequestRow[] rows, int[] blocks)
        {
            Concurrency = concurrency;
            RequestRow[] succeeded = [.. rows.Where(row => row.Succeeded)];
            _ttft = [.. succeeded.Select(row => (row.TtftMs, Array.IndexOf(blocks, row.Block))).Order()];
            _itl = [.. succeeded.Where(row => row.ItlMs is not null).Select(row => (row.ItlMs!.Value, Array.IndexOf(blocks, row.Block))).Order()];
            _completed = [.. blocks.Select(block => succeeded.Count(row => row.Block == block))];
            _failed = [.. blocks.Select(block => rows.Count(row => row.Block == block && !row.Succeeded))];
        }

        public int Concurrency { get; }

        /// <summary>Requests with more than one token.</summary>
        public int WithItl => _itl.Length;

        public int Completed(int[] drawn) => Weighted(_completed, drawn);

        /// <summary>The largest of p95 TTFT, p95 ITL and error rate, each over its limit.</summary>
        public double Use(int[] drawn, SloLimits limits, double maxErrorRate)
        {
            var (completed, failed) = (Completed(drawn), Weighted(_failed, drawn));
            var errors = (double)failed / Math.Max(1, completed + failed);
            return Math.Max(errors <= maxErrorRate ? 0 : maxErrorRate > 0 ? errors / maxErrorRate : double.PositiveInfinity,
                Math.Max(P95(_ttft, drawn) / limits.TtftMs, P95(_itl, drawn) / limits.ItlMs));
        }

        private static int Weighted(int[] counts, int[] drawn)
        {
            var sum = 0;
            for (var i = 0; i < counts.Length; i++)
            {
                sum += counts[i] * drawn[i];
            }

            return sum;
        }

        /// <summary>Nearest rank over the requests of the blocks drawn; infinite where there are none.</summary>
        private static double P95((double Value, int Block)[] ascending, int[] drawn)
        {
            var total = 0;
            foreach (var (_, block) in ascending)
            {
                total += drawn[block];
            }

            var rank = (int)Math.Ceiling((0.95 * total) - 1e-9);
            foreach (var (value, block) in ascending)
            {
                rank -= drawn[block];
                if (rank <= 0 && total > 0)
                {
                    return value;
                }
            }

            return double.PositiveInfinity;
        }
    }
}
