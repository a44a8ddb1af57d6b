namespace Octet.Cli.Parity.GuideLlm;

/// <summary>Events as rates: each owns the time half-way to its neighbours.</summary>
internal static class RateEvents
{
    private const double MergeSeconds = 1e-4;
    private const double ShortestLast = 1e-6;

    /// <param name="events">Time and weight.</param>
    /// <param name="window">Events outside are dropped, and its ends are events without weight; null takes all events as they are.</param>
    public static WeightedSummary Summarize(IEnumerable<(double Time, double Weight)> events, (double Start, double End)? window)
    {
        var kept = (window is { } limits ? events.Where(item => item.Time >= limits.Start && item.Time <= limits.End) : events).ToList();
        var count = kept.Sum(item => item.Weight);
        if (window is { } ends)
        {
            kept.AddRange([(ends.Start, 0), (ends.End, 0)]);
        }

        return new WeightedSummary(Rates(Merge(kept)), count);
    }

    private static List<(double Time, double Weight)> Merge(IEnumerable<(double Time, double Weight)> events)
    {
        var groups = new List<(double Time, double Weight)>();
        foreach (var item in events.OrderBy(item => item.Time))
        {
            if (groups.Count > 0 && item.Time - groups[^1].Time <= MergeSeconds)
            {
                groups[^1] = (groups[^1].Time, groups[^1].Weight + item.Weight);
            }
            else
            {
                groups.Add(item);
            }
        }

        return groups;
    }

    private static List<(double Value, double Weight)> Rates(List<(double Time, double Weight)> groups)
    {
        var rates = new List<(double, double)>(groups.Count);
        for (var i = 0; i < groups.Count; i++)
        {
            var from = i > 0 ? (groups[i - 1].Time + groups[i].Time) / 2 : groups[i].Time;
            var to = i + 1 < groups.Count ? (groups[i].Time + groups[i + 1].Time) / 2 : groups[i].Time;
            var owned = i + 1 < groups.Count ? to - from : Math.Max(to - from, ShortestLast);
            rates.Add((owned > 0 ? groups[i].Weight / owned : 0, owned));
        }

        return rates;
    }
}
