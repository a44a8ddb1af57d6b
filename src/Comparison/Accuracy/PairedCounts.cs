namespace Octet.Comparison.Accuracy;

/// <summary>Outcomes of the same documents under both models.</summary>
/// <param name="BothRight">Right before and after.</param>
/// <param name="RightToWrong">b: right with the base, wrong with the compressed model.</param>
/// <param name="WrongToRight">c: wrong with the base, right with the compressed model.</param>
/// <param name="BothWrong">Wrong before and after.</param>
public readonly record struct PairedCounts(int BothRight, int RightToWrong, int WrongToRight, int BothWrong)
{
    /// <summary>n.</summary>
    public int Documents => BothRight + RightToWrong + WrongToRight + BothWrong;

    public double BaseAccuracy => (double)(BothRight + RightToWrong) / Documents;

    public double CompressedAccuracy => (double)(BothRight + WrongToRight) / Documents;

    /// <summary>(c - b) / n: negative when the compressed model is worse.</summary>
    public double Delta => (double)(WrongToRight - RightToWrong) / Documents;

    /// <summary>(b + c) / n.</summary>
    public double FlipRate => (double)(RightToWrong + WrongToRight) / Documents;

    /// <summary>Counts of a list of pairs.</summary>
    public static PairedCounts From(IEnumerable<(bool Base, bool Compressed)> pairs)
    {
        ArgumentNullException.ThrowIfNull(pairs);
        Span<int> counts = stackalloc int[4];
        foreach (var (before, after) in pairs)
        {
            counts[(before ? 0 : 2) + (after ? 0 : 1)]++;
        }

        return new PairedCounts(counts[0], counts[1], counts[2], counts[3]);
    }
}
