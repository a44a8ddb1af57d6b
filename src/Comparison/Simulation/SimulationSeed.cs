namespace Octet.Comparison.Simulation;

/// <summary>A seed of its own for every stream of random numbers.</summary>
internal static class SimulationSeed
{
    public static int Of(int seed, string name)
    {
        var hash = unchecked((uint)seed * 2654435761u);
        foreach (var letter in name)
        {
            hash = unchecked((hash ^ letter) * 16777619u);
        }

        return (int)(hash & int.MaxValue);
    }
}
