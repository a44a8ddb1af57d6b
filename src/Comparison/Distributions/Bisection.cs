namespace Octet.Comparison.Distributions;

/// <summary>Search on a monotone condition.</summary>
public static class Bisection
{
    /// <summary>The place between the bounds where <paramref name="below"/> turns from true to false, to the last bit.</summary>
    public static double Find(Func<double, bool> below, double low, double high)
    {
        ArgumentNullException.ThrowIfNull(below);
        while (true)
        {
            var middle = low + ((high - low) / 2);
            if (middle <= low || middle >= high)
            {
                return high;
            }

            if (below(middle))
            {
                low = middle;
            }
            else
            {
                high = middle;
            }
        }
    }
}
