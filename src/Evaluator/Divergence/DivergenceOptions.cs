using System.Text.Json.Serialization;
using Octet.Contracts.Results;

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

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(DivergenceReport))]
public sealed partial class DivergenceJson : JsonSerializerContext;
