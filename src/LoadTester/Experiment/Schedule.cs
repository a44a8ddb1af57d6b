namespace Octet.LoadTester.Experiment;

/// <summary>One run: which server, how many streams.</summary>
/// <param name="Block">Number of the ABBA pair, 0-based.</param>
/// <param name="Order">0 or 1: first or second of its pair.</param>
/// <param name="Target">Index of the server.</param>
/// <param name="Concurrency">Streams.</param>
/// <param name="Run">Seed of the prompts: equal for the runs of one pair.</param>
public readonly record struct PlannedRun(int Block, int Order, int Target, int Concurrency, int Run);

/// <summary>Randomised ABBA order: in every block each concurrency is run once per server, back to back; the first server of a
/// pair alternates from block to block, from a random start; the concurrencies of a block come in random order.</summary>
public static class Schedule
{
    /// <param name="targets">Number of servers.</param>
    /// <param name="concurrency">Streams of the grid.</param>
    /// <param name="blocks">Pairs per point.</param>
    /// <param name="seed">Seed of every random choice.</param>
    public static IReadOnlyList<PlannedRun> Build(int targets, IReadOnlyList<int> concurrency, int blocks, long seed)
    {
        ArgumentNullException.ThrowIfNull(concurrency);
        ArgumentOutOfRangeException.ThrowIfLessThan(targets, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(blocks, 1);
        var random = new Random(unchecked((int)(seed ^ (seed >> 32))));
        var starts = concurrency.ToDictionary(streams => streams, _ => random.Next(targets));
        var runs = new List<PlannedRun>(targets * concurrency.Count * blocks);
        for (var block = 0; block < blocks; block++)
        {
            var points = concurrency.ToArray();
            random.Shuffle(points);
            foreach (var streams in points)
            {
                var pair = runs.Count / targets;
                for (var order = 0; order < targets; order++)
                {
                    runs.Add(new PlannedRun(block, order, (starts[streams] + block + order) % targets, streams, pair));
                }
            }
        }

        return runs;
    }
}
