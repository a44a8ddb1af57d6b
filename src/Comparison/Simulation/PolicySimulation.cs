using Octet.Comparison.Accuracy;
using Octet.Comparison.Performance;
using Octet.Comparison.Verdicts;

namespace Octet.Comparison.Simulation;

/// <summary>A state of the world, and what is counted in it.</summary>
/// <param name="Name">In words.</param>
/// <param name="Counted">What the rate is of.</param>
/// <param name="Loss">True loss of accuracy of each task, a proportion.</param>
/// <param name="FlipRate">Share of documents whose outcome changes.</param>
/// <param name="Speedup">True ratio of throughputs.</param>
/// <param name="AtMost">Highest rate allowed; null when there is none.</param>
/// <param name="AtLeast">Lowest rate allowed; null when there is none.</param>
public sealed record SimulationCell(string Name, CountedOutcome Counted, IReadOnlyList<double> Loss, double FlipRate, double Speedup, double? AtMost, double? AtLeast);

/// <summary>What a simulation counts.</summary>
public enum CountedOutcome
{
    Go,
    NoGo,

    /// <summary>GO or NO-GO.</summary>
    Decided,

    /// <summary>The lower bound of the mean of the tasks lies at or below the truth.</summary>
    AccuracyCovered,

    /// <summary>The lower bound of the ratio of throughputs lies at or below the truth.</summary>
    RatioCovered,

    /// <summary>A gate that should not passes, at any look.</summary>
    Pass,

    /// <summary>Some task is called changed.</summary>
    TaskNamed,

    /// <summary>The lower bound of the capacity lies at or below the truth.</summary>
    CapacityCovered,
}

/// <summary>How often it happened.</summary>
/// <param name="Cell">The state of the world.</param>
/// <param name="Runs">Runs drawn.</param>
/// <param name="Rate">Share in which it happened.</param>
/// <param name="Error">Standard error of a rate at its limit, or of <paramref name="Rate"/> where there is none.</param>
public sealed record SimulatedRate(SimulationCell Cell, int Runs, double Rate, double Error)
{
    /// <summary>Inside its limits, or outside by less than three standard errors.</summary>
    public bool Holds => (Cell.AtMost is not { } most || Rate <= most + (3 * Error)) && (Cell.AtLeast is not { } least || Rate >= least - (3 * Error));

    internal static SimulatedRate Of(SimulationCell cell, int runs, int counted)
    {
        var rate = (double)counted / runs;
        var limit = cell.AtMost ?? cell.AtLeast ?? rate;
        return new SimulatedRate(cell, runs, rate, Math.Sqrt(limit * (1 - limit) / runs));
    }
}

/// <summary>Draws whole runs of known truth and judges them with the two critical gates of the default policy, by the same rules as a real run.</summary>
public sealed class PolicySimulation(int documents, int pairs, double spread, double margin, double alpha, int seed)
{
    private const int CriticalTests = 2;

    /// <summary>The states in which an error would be one, and those that show coverage and power.</summary>
    public IReadOnlyList<SimulationCell> Cells(double power)
    {
        double[] none = [0, 0, 0, 0], at = [margin, margin, margin, margin], one = [4 * margin, 0, 0, 0];
        return
        [
            new("loss equal to the margin in every task, twice the speed", CountedOutcome.Go, at, 0.05, 2, alpha, null),
            new("loss equal to the margin, all of it in one task, twice the speed", CountedOutcome.Go, one, 0.09, 2, alpha, null),
            new("the same speed, no loss", CountedOutcome.Go, none, 0.05, 1, alpha, null),
            new("no loss, 1 % faster", CountedOutcome.NoGo, none, 0.05, 1.01, alpha, null),
            new("loss equal to the margin and the same speed", CountedOutcome.NoGo, at, 0.05, 1, alpha, null),
            new("no loss, lower bound of the mean", CountedOutcome.AccuracyCovered, none, 0.05, 1, null, 1 - alpha),
            new("loss equal to the margin, lower bound of the mean", CountedOutcome.AccuracyCovered, at, 0.05, 1, null, 1 - alpha),
            new("lower bound of the ratio of throughputs", CountedOutcome.RatioCovered, none, 0.05, 1, null, 1 - alpha),
            new("no loss, 1.35 times the speed: the power that a run prints", CountedOutcome.Decided, none, 0.05, 1.35, null, power - 0.01),
            new("5 % slower, no loss", CountedOutcome.NoGo, none, 0.05, 0.95, null, null),
            new("10 % slower, no loss", CountedOutcome.NoGo, none, 0.05, 0.9, null, null),
            new("20 % slower, no loss", CountedOutcome.NoGo, none, 0.05, 0.8, null, null),
        ];
    }

    /// <summary>Draws <paramref name="runs"/> runs; the same seed gives the same rate, whatever the machine.</summary>
    public SimulatedRate Run(SimulationCell cell, int runs, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(cell);
        const int Streams = 32;
        var counted = new int[Streams];
        Parallel.For(0, Streams, new ParallelOptions { CancellationToken = cancellationToken }, stream =>
        {
            var random = new Random(SimulationSeed.Of(seed, $"{cell.Name}/{cell.Counted}/{stream}"));
            for (var run = stream; run < runs; run += Streams)
            {
                cancellationToken.ThrowIfCancellationRequested();
                counted[stream] += Happens(cell, random) ? 1 : 0;
            }
        });
        return SimulatedRate.Of(cell, runs, counted.Sum());
    }

    private bool Happens(SimulationCell cell, Random random)
    {
        PairedCounts[] tasks = [.. cell.Loss.Select(loss => Draws.Outcomes(random, documents, loss, cell.FlipRate))];
        var ratio = RatioInterval.From([.. Enumerable.Range(0, pairs).Select(_ => cell.Speedup * Math.Exp(spread * Draws.Normal(random)))], alpha);
        var (accuracy, evidence) = GateRule.NonInferior(tasks, 100 * margin, alpha, alpha / CriticalTests);
        var speed = GateRule.Above(ratio, 1, alpha / CriticalTests);
        var (go, noGo) = (accuracy == GateOutcome.Pass && speed == GateOutcome.Pass, accuracy == GateOutcome.Fail || speed == GateOutcome.Fail);
        return cell.Counted switch
        {
            CountedOutcome.Go => go,
            CountedOutcome.NoGo => noGo,
            CountedOutcome.Decided => go || noGo,
            CountedOutcome.AccuracyCovered => evidence.Lower <= -100 * cell.Loss.Average(),
            _ => ratio.Interval!.Value.Lower <= cell.Speedup,
        };
    }
}
