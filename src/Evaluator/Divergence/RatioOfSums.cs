namespace Octet.Evaluator.Divergence;

/// <summary>A mean over positions that come in pieces of text.</summary>
public static class RatioOfSums
{
    /// <param name="pieces">Sum over the positions of each piece, and their number.</param>
    /// <returns>The mean over all positions, and its standard error with the piece as the unit; null with one piece.</returns>
    public static (double Mean, double? Error) Of(IReadOnlyCollection<(double Sum, double Count)> pieces)
    {
        ArgumentNullException.ThrowIfNull(pieces);
        var positions = pieces.Sum(piece => piece.Count);
        var mean = pieces.Sum(piece => piece.Sum) / positions;
        var squares = pieces.Sum(piece => Math.Pow(piece.Sum - (mean * piece.Count), 2));
        return (mean, pieces.Count > 1 ? Math.Sqrt(squares * pieces.Count / (pieces.Count - 1)) / positions : null);
    }
}
