using System.Text.Json.Serialization;

namespace Octet.Evaluator.Divergence;

/// <summary>A served model.</summary>
/// <param name="Address">Base address that ends in /v1.</param>
/// <param name="Model">Served name.</param>
public sealed record DivergenceEndpoint(string Address, string Model);

/// <summary>What is compared.</summary>
public sealed record DivergenceOptions
{
    public required DivergenceEndpoint Base { get; init; }
    public required DivergenceEndpoint Candidate { get; init; }

    /// <summary>Folder of the tokenizer that both share.</summary>
    public required string TokenizerPath { get; init; }

    /// <summary>Text file; null when prompts are given.</summary>
    public string? TextPath { get; init; }

    /// <summary>JSONL file of prompts; null when a text is given.</summary>
    public string? PromptsPath { get; init; }
    public int Window { get; init; } = 256;

    /// <summary>Likeliest tokens compared at each position.</summary>
    public int Top { get; init; } = 20;

    /// <summary>Tokens of the reference's own answers.</summary>
    public int MaxTokens { get; init; } = 64;
    public int Concurrency { get; init; } = 8;
    public string? ApiKey { get; init; }
    public int Attempts { get; init; } = 3;
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

/// <summary>How far apart two models are. Errors are over windows or prompts, which are independent; positions inside one are not.</summary>
public sealed record DivergenceReport
{
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
    public required IReadOnlyList<DivergenceItem> Items { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(DivergenceReport))]
public sealed partial class DivergenceJson : JsonSerializerContext;
