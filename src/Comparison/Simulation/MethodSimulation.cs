using Octet.Comparison.Accuracy;
using Octet.Comparison.Distributions;
using Octet.Comparison.Performance;
using Octet.Comparison.Verdicts;
using Octet.Contracts.Results;
using Octet.Contracts.Runs;

namespace Octet.Comparison.Simulation;

/// <summary>A method on data of known truth.</summary>
/// <param name="Cell">The truth and the limit.</param>
/// <param name="Happens">Draws once; true when what is counted happens.</param>
/// <param name="MostRuns">Most draws.</param>
public sealed record SimulatedMethod(SimulationCell Cell, Func<Random, bool> Happens, int MostRuns = int.MaxValue);

/// <summary>The methods beside the two critical gates, each on data of known truth: Holm's correction, strata, clusters, capacity, planned looks.</summary>
public sealed class MethodSimulation(double margin, double alpha, int seed)
{
    private const int Streams = 32;
    private const int Documents = 400;
    private const double Flips = 0.05;

    /// <summary>Runs of a method that resamples thousands of times each.</summary>
    private const int MostResampled = 1_000;

    /// <summary>A percentile bootstrap of k clusters is short by a term of order 1 / sqrt(k) times the skewness, here under one point.</summary>
    private const double BootstrapShortfall = 0.01;

    /// <summary>Each method with the limit of what is counted. Those that resample draw fewer runs.</summary>
    public IReadOnlyList<SimulatedMethod> Cells() =>
    [
        new(Most("four tasks unchanged, flips of 5 %", CountedOutcome.TaskNamed, alpha), HolmNames),
        new(Most("20 subjects of 5 to 100 documents, loss equal to the margin in each", CountedOutcome.Pass, alpha), random => StratifiedPass(random, _ => margin)),
        new(Most("20 subjects of 5 to 100 documents, loss equal to the margin, all of it in every fourth", CountedOutcome.Pass, alpha), random => StratifiedPass(random, subject => subject % 4 == 0 ? 4 * margin : 0)),
        new(Least("500 prompts of 1 to 3 instructions that flip together, no loss: bound of the cluster bootstrap", CountedOutcome.AccuracyCovered, 1 - alpha - BootstrapShortfall), ClusterCovered, MostResampled),
        new(Least("12 blocks whose speed varies by 5 %: lower bound of the capacity", CountedOutcome.CapacityCovered, 0.9), random => CapacityCovered(random, 12), MostResampled),
        new(Free("5 blocks whose speed varies by 5 %: lower bound of the capacity", CountedOutcome.CapacityCovered), random => CapacityCovered(random, 5), MostResampled),
        new(Free("2 looks without a plan, loss equal to the margin", CountedOutcome.Pass), random => Looks(random, 2, (_, _) => alpha)),
        new(Free("3 looks without a plan, loss equal to the margin", CountedOutcome.Pass), random => Looks(random, 3, (_, _) => alpha)),
        new(Free("5 looks without a plan, loss equal to the margin", CountedOutcome.Pass), random => Looks(random, 5, (_, _) => alpha)),
        new(Most("2 planned looks, loss equal to the margin", CountedOutcome.Pass, alpha), random => Looks(random, 2, Planned)),
        new(Most("3 planned looks, loss equal to the margin", CountedOutcome.Pass, alpha), random => Looks(random, 3, Planned)),
        new(Most("5 planned looks, loss equal to the margin", CountedOutcome.Pass, alpha), random => Looks(random, 5, Planned)),
    ];

    /// <summary>Draws <paramref name="runs"/> times; the same seed gives the same rate, whatever the machine.</summary>
    public SimulatedRate Run(SimulatedMethod method, int runs, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(method);
        runs = Math.Min(runs, method.MostRuns);
        var counted = new int[Streams];
        Parallel.For(0, Streams, new ParallelOptions { CancellationToken = cancellationToken }, stream =>
        {
            var random = new Random(SimulationSeed.Of(seed, $"{method.Cell.Name}/{stream}"));
            for (var run = stream; run < runs; run += Streams)
            {
                cancellationToken.ThrowIfCancellationRequested();
                counted[stream] += method.Happens(random) ? 1 : 0;
            }
        });
        return SimulatedRate.Of(method.Cell, runs, counted.Sum());
    }

    private double Planned(int look, int looks) => PlannedLooks.Level(alpha, look, looks);

    private bool HolmNames(Random random)
    {
        double[] values = [.. Enumerable.Range(0, 4).Select(_ => Counts(random, Documents, 0)).Select(counts => McNemar.ExactPValue(counts.RightToWrong, counts.WrongToRight))];
        return Holm.Adjust(values).Any(p => p <= alpha);
    }

    /// <summary>One task whose subjects lose as said, documents weighted alike: the whole loss is the margin.</summary>
    private bool StratifiedPass(Random random, Func<int, double> loss)
    {
        // Every fourth subject holds a quarter of the documents: sizes repeat with period four times five.
        int[] sizes = [.. Enumerable.Range(0, 20).Select(subject => (subject / 4) switch { 0 => 5, 1 => 10, 2 => 20, 3 => 50, _ => 100 })];
        var all = sizes.Sum();
        return GateRule.NonInferior([.. sizes.Select((size, subject) => new Stratum(Counts(random, size, loss(subject)), (double)size / all))], 100 * margin, alpha, alpha).Outcome == GateOutcome.Pass;
    }

    private bool ClusterCovered(Random random)
    {
        var clusters = Enumerable.Range(0, 500).Select(_ =>
        {
            var (size, drawn) = (1 + random.Next(3), random.NextDouble());
            return (drawn < Flips / 2 ? -size : drawn < Flips ? size : 0, size);
        }).ToArray();
        return ClusterBootstrap.Of(clusters, alpha, 1_000).Lower <= 0;
    }

    /// <summary>TTFT that rises as the square root of concurrency; blocks vary by 5 %, requests by 20 %: at 9 streams its 95th percentile is the limit.</summary>
    private bool CapacityCovered(Random random, int blocks)
    {
        const double Truth = 9;
        const double BlockSpread = 0.05;
        const double RequestSpread = 0.2;
        const int Requests = 24;
        var limit = Math.Sqrt(Truth) * Math.Exp(NormalDistribution.Quantile(0.95) * Math.Sqrt((BlockSpread * BlockSpread) + (RequestSpread * RequestSpread)));
        var rows = new List<RequestRow>();
        for (var block = 0; block < blocks; block++)
        {
            var shift = BlockSpread * Draws.Normal(random);
            foreach (var streams in (int[])[1, 2, 4, 8, 16, 32])
            {
                rows.AddRange(Enumerable.Range(0, Requests).Select(index => Request(block, streams, index, Math.Sqrt(streams) * Math.Exp(shift + (RequestSpread * Draws.Normal(random))))));
            }
        }

        return CapacityFit.Of(rows, new SloLimits(limit, 1, "simulated"), 0.01, alpha)!.Lower <= Truth;
    }

    private static RequestRow Request(int block, int streams, int index, double ttftMs) => new()
    {
        Block = block,
        Order = 0,
        Variant = Variants.Base,
        Concurrency = streams,
        Index = index,
        Scheduled = 0,
        Sent = 0,
        FirstToken = ttftMs / 1000,
        LastToken = ttftMs / 1000,
        Ended = ttftMs / 1000,
        PromptTokens = 1,
        OutputTokens = 2,
        Succeeded = true,
        Status = 200,
        Error = "",
        Measured = true,
    };

    /// <summary>One task whose documents come in as many parts as there are looks; a GO at any look ends it.</summary>
    private bool Looks(Random random, int looks, Func<int, int, double> level)
    {
        var sum = default(PairedCounts);
        for (var look = 1; look <= looks; look++)
        {
            var part = Counts(random, 4 * Documents / looks, margin);
            sum = new PairedCounts(sum.BothRight + part.BothRight, sum.RightToWrong + part.RightToWrong, sum.WrongToRight + part.WrongToRight, sum.BothWrong + part.BothWrong);
            if (GateRule.NonInferior([sum], 100 * margin, level(look, looks), alpha).Outcome == GateOutcome.Pass)
            {
                return true;
            }
        }

        return false;
    }

    private static PairedCounts Counts(Random random, int documents, double loss) => Draws.Outcomes(random, documents, loss, Math.Max(Flips, loss + 0.01));

    private SimulationCell Most(string name, CountedOutcome counted, double limit) => new(name, counted, [margin], Flips, 1, limit, null);

    private SimulationCell Least(string name, CountedOutcome counted, double limit) => new(name, counted, [margin], Flips, 1, null, limit);

    private SimulationCell Free(string name, CountedOutcome counted) => new(name, counted, [margin], Flips, 1, null, null);
}
