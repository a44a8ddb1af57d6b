using Octet.Contracts.Results;
using Octet.Contracts.Runs;

namespace Octet.Reporter.Audit;

/// <summary>The means of <c>divergence.json</c> out of its pieces. Written apart from the evaluator, as the other recounts.</summary>
internal sealed class DivergenceRecount(AuditLog log)
{
    /// <summary>The report with every mean that the pieces do not give replaced by theirs.</summary>
    public DivergenceReport Of(DivergenceReport reported)
    {
        var pieces = reported.Items;
        log.NotRecomputable($"{RunFiles.Divergence}: top, and positions, kl, agreement and nll of each of {pieces.Count} pieces");
        var positions = Figure("positions", reported.Positions, pieces.Sum(piece => piece.Positions));
        var count = Figure("pieces", reported.Pieces, pieces.Count);
        if (pieces.Sum(piece => piece.Positions) == 0)
        {
            return reported with { Pieces = count, Positions = positions };
        }

        var (kl, klError) = Mean(pieces, piece => piece.Kl);
        var (nll, nllError) = Mean(pieces, piece => piece.CandidateNll - piece.BaseNll);
        return reported with
        {
            Pieces = count,
            Positions = positions,
            MeanKl = Figure("mean_kl", reported.MeanKl, kl),
            KlError = log.Stage($"{RunFiles.Divergence} kl_error", reported.KlError, klError),
            Agreement = Figure("agreement", reported.Agreement, Mean(pieces, piece => piece.Agreement).Mean),
            BasePerplexity = Figure("base_perplexity", reported.BasePerplexity, Math.Exp(Mean(pieces, piece => piece.BaseNll).Mean)),
            CandidatePerplexity = Figure("candidate_perplexity", reported.CandidatePerplexity, Math.Exp(Mean(pieces, piece => piece.CandidateNll).Mean)),
            MeanNllDifference = Figure("mean_nll_difference", reported.MeanNllDifference, nll),
            NllError = log.Stage($"{RunFiles.Divergence} nll_error", reported.NllError, nllError),
        };
    }

    private double Figure(string name, double reported, double recomputed) => log.Stage($"{RunFiles.Divergence} {name}", reported, recomputed);

    private int Figure(string name, int reported, int recomputed) => (int)Figure(name, (double)reported, recomputed);

    /// <summary>Mean over all positions; its standard error is that of a ratio of sums whose unit is the piece, n / (n - 1) corrected. The residuals are taken of
    /// the sums, as the stage does: taken of the means their rounding would differ where all pieces are alike.</summary>
    private static (double Mean, double? Error) Mean(IReadOnlyList<DivergenceItem> pieces, Func<DivergenceItem, double> value)
    {
        double positions = pieces.Sum(piece => piece.Positions), n = pieces.Count;
        var mean = pieces.Sum(piece => value(piece) * piece.Positions) / positions;
        if (pieces.Count < 2)
        {
            return (mean, null);
        }

        double[] residuals = [.. pieces.Select(piece => (value(piece) * piece.Positions) - (mean * piece.Positions))];
        return (mean, Math.Sqrt(residuals.Sum(residual => residual * residual) * n / (n - 1)) / positions);
    }
}
