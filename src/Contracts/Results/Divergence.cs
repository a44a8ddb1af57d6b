namespace Octet.Contracts.Results;

/// <summary>How far apart two models are. Errors are over windows or prompts, which are independent; positions inside one are not.</summary>
public record DivergenceSummary
{
    /// <summary>Windows or prompts.</summary>
    public required int Pieces { get; init; }
    public required int Positions { get; init; }
    public required int Top { get; init; }

    /// <summary>Mean nats a token: of the tokens that both list and the rest as one, so never more than the full divergence.</summary>
    public required double MeanKl { get; init; }

    /// <summary>Standard error; null for a single item.</summary>
    public required double? KlError { get; init; }
    public required double Agreement { get; init; }
    public required double BasePerplexity { get; init; }
    public required double CandidatePerplexity { get; init; }
    public required double MeanNllDifference { get; init; }
    public required double? NllError { get; init; }
    public required string BaseEngine { get; init; }
    public required string CandidateEngine { get; init; }
}

/// <summary><c>divergence.json</c>.</summary>
public sealed record DivergenceReport : DivergenceSummary
{
    public required IReadOnlyList<DivergenceItem> Items { get; init; }
}

/// <summary>One window or prompt.</summary>
public sealed record DivergenceItem
{
    public required int Index { get; init; }
    public required bool IsPrompt { get; init; }
    public required int Positions { get; init; }

    /// <summary>Mean nats a token.</summary>
    public required double Kl { get; init; }

    /// <summary>Share of positions with the same likeliest token.</summary>
    public required double Agreement { get; init; }

    /// <summary>Mean negative logprob of the tokens themselves.</summary>
    public required double BaseNll { get; init; }
    public required double CandidateNll { get; init; }

    /// <summary>First position whose likeliest tokens differ; null when none does.</summary>
    public int? FirstDifference { get; init; }
    public string? BaseToken { get; init; }
    public string? CandidateToken { get; init; }
}
