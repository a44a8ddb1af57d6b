namespace Octet.LoadTester.Prompts;

/// <summary>Generators that are the same in every process (System.HashCode is not).</summary>
public static class SeededRandom
{
    /// <summary>The generator of one item of a sequence: it does not depend on how many values the items before it drew.</summary>
    public static Random For(long seed, int sequence, int index) => new(Mix(seed, sequence, index));

    private static int Mix(long seed, int sequence, int index)
    {
        var mixed = unchecked((ulong)seed + (0x9E3779B97F4A7C15UL * (uint)sequence) + (0xBF58476D1CE4E5B9UL * (uint)index));
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9UL;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBUL;
        return (int)((mixed ^ (mixed >> 31)) & int.MaxValue);
    }
}
