namespace Octet.Checkpoints.Synthesis;

/// <summary>Normally distributed BF16 values, four for one step of a generator, so that the disk is what limits.</summary>
internal static class RandomWeights
{
    public const double StandardDeviation = 0.02;

    /// <summary>Fits the first-level cache; indexed by 12 random bits.</summary>
    private const int TableSize = 4096;

    private const ulong Golden = 0x9E3779B97F4A7C15;

    private static readonly ushort[] Normals = CreateTable();

    /// <param name="values">BF16 bits to fill.</param>
    /// <param name="seed">Seed of the checkpoint.</param>
    /// <param name="stream">Different for every part of the checkpoint.</param>
    public static void Fill(Span<ushort> values, long seed, long stream)
    {
        var state = Mix(Mix((ulong)seed) + (ulong)stream);
        for (var i = 0; i < values.Length; i += 4)
        {
            var bits = Mix(state += Golden);
            for (var part = i; part < Math.Min(i + 4, values.Length); part++, bits >>= 16)
            {
                values[part] = Normals[bits & (TableSize - 1)];
            }
        }
    }

    /// <summary>The output function of SplitMix64.</summary>
    private static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }

    /// <summary>Box-Muller over two low-discrepancy sequences of the right length.</summary>
    private static ushort[] CreateTable()
    {
        var table = new ushort[TableSize];
        for (var i = 0; i < TableSize; i++)
        {
            var radius = Math.Sqrt(-2 * Math.Log((i + 0.5) / TableSize));
            var angle = 2 * Math.PI * (Mix((ulong)i * Golden) >> 11) / (1UL << 53);
            table[i] = (ushort)(BitConverter.SingleToUInt32Bits((float)(StandardDeviation * radius * Math.Cos(angle))) >> 16);
        }

        return table;
    }
}
