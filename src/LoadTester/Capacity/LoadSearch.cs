namespace Octet.LoadTester.Capacity;

/// <summary>Finds the largest load that passes: doubles until one fails, bisects, and repeats the two loads at the edge until each has its replicates. The majority of the
/// runs of a load decides it, and a load above one that fails counts as failing, as more load does not help.</summary>
/// <param name="most">Largest load to try.</param>
/// <param name="first">Where it begins; when it fails, halves are tried down to <paramref name="least"/>.</param>
/// <param name="least">Smallest load to try.</param>
/// <param name="between">A load between one that passes and one that fails; null where they are close enough.</param>
/// <param name="replicates">Runs of the two loads at the edge.</param>
public sealed class LoadSearch(double most, double first, double least, Func<double, double, double?> between, int replicates)
{
    /// <summary>Runs after which it ends with what it has.</summary>
    public const int MostRuns = 200;

    /// <summary>Whole numbers of streams, from 1 on.</summary>
    public static LoadSearch OfStreams(int most, int replicates) => new(most, 1, 1, static (low, high) => high - low > 1 ? Math.Floor((low + high) / 2) : null, replicates);

    /// <summary>Rates, to 5 %.</summary>
    public static LoadSearch OfRates(double most, int replicates) => new(most, most / 16, most / 1024, static (low, high) => high / low > 1.05 ? Math.Sqrt(low * high) : null, replicates);

    /// <param name="passes">Runs one load once.</param>
    /// <returns>The largest load that passes and the smallest that fails; null for none.</returns>
    public async Task<(double? PassesAt, double? FailsAt)> RunAsync(Func<double, Task<bool>> passes)
    {
        ArgumentNullException.ThrowIfNull(passes);
        var runs = new SortedDictionary<double, List<bool>>();
        for (var run = 0; ; run++)
        {
            double? high = runs.Where(load => !Passes(load.Value)).Select(load => (double?)load.Key).FirstOrDefault();
            double? low = runs.Where(load => Passes(load.Value) && !(load.Key >= high)).Select(load => (double?)load.Key).LastOrDefault();
            var next = Next(low, high) ?? new[] { low, high }.FirstOrDefault(edge => edge is { } load && runs[load].Count < replicates);
            if (next is not { } chosen || run == MostRuns)
            {
                return (low, high);
            }

            if (!runs.TryGetValue(chosen, out var outcomes))
            {
                runs[chosen] = outcomes = [];
            }

            outcomes.Add(await passes(chosen));
        }
    }

    private static bool Passes(List<bool> outcomes) => 2 * outcomes.Count(passed => passed) > outcomes.Count;

    private double? Next(double? low, double? high) => (low, high) switch
    {
        (null, null) => first,
        ({ } passing, null) => passing < most ? Math.Min(2 * passing, most) : null,
        (null, { } failing) => failing / 2 >= least ? failing / 2 : null,
        ({ } passing, { } failing) => between(passing, failing),
    };
}
