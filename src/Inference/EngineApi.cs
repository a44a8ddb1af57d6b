using Octet.Inference.Guidance;

namespace Octet.Inference;

/// <summary>Arithmetic of the operations between linear layers.</summary>
public enum ComputeDtype
{
    /// <summary>The checkpoint's own 16-bit type, or FP32 for an FP32 checkpoint.</summary>
    Auto,
    BFloat16,
    Float16,
    Float32,
}

/// <summary>What an engine is started with; names and defaults follow vLLM's flags.</summary>
public sealed record EngineOptions
{
    public const double DefaultKvCacheShare = 0.5;

    public ComputeDtype Dtype { get; init; } = ComputeDtype.Auto;

    /// <summary>Longest prompt plus output in tokens; null takes the model's own limit.</summary>
    public int? MaxModelLen { get; init; }

    /// <summary>Sequences that may be in one forward pass.</summary>
    public int MaxNumSeqs { get; init; } = 64;

    /// <summary>Tokens that one forward pass may hold (chunked prefill splits longer prompts).</summary>
    public int MaxNumBatchedTokens { get; init; } = 2048;

    /// <summary>Rounds after every operation, as vLLM does without its compiler; the default rounds as its compiled layers do.</summary>
    public bool EnforceEager { get; init; }

    public bool EnableChunkedPrefill { get; init; } = true;

    public bool EnablePrefixCaching { get; init; } = true;

    /// <summary>Tokens per KV-cache block.</summary>
    public int BlockSize { get; init; } = 16;

    /// <summary>Bytes of the KV cache; null sizes it from <see cref="MaxNumSeqs"/> and <see cref="KvCacheShare"/>.</summary>
    public long? KvCacheBytes { get; init; }

    /// <summary>Share of the machine's memory that the KV cache may take at most where <see cref="KvCacheBytes"/> says nothing.</summary>
    public double KvCacheShare { get; init; } = DefaultKvCacheShare;

    /// <summary>Compute threads; null takes every processor.</summary>
    public int? Threads { get; init; }

    /// <summary>Requests that may wait before <see cref="EngineQueueFullException"/>.</summary>
    public int MaxWaiting { get; init; } = 4096;

    /// <summary>Seed of requests that bring none.</summary>
    public long Seed { get; init; }
}

/// <summary>How the next tokens of one sequence are chosen.</summary>
public sealed record SamplingParams
{
    public int MaxTokens { get; init; } = 16;
    public int MinTokens { get; init; }
    public float Temperature { get; init; } = 1f;
    public float TopP { get; init; } = 1f;
    public int TopK { get; init; }
    public float MinP { get; init; }
    public float PresencePenalty { get; init; }
    public float FrequencyPenalty { get; init; }
    public float RepetitionPenalty { get; init; } = 1f;
    public long? Seed { get; init; }
    public bool IgnoreEos { get; init; }
    public IReadOnlyList<int> StopTokenIds { get; init; } = [];

    /// <summary>Number of most likely tokens to report per generated token; null reports nothing.</summary>
    public int? Logprobs { get; init; }

    /// <summary>Number of most likely tokens to report per prompt token; null reports nothing.</summary>
    public int? PromptLogprobs { get; init; }

    /// <summary>Prompt positions before this one need no logprobs (a prefix-cache hit may cover them).</summary>
    public int PromptLogprobsFrom { get; init; }

    /// <summary>Added to the logits of these ids.</summary>
    public IReadOnlyDictionary<int, float>? LogitBias { get; init; }

    /// <summary>Only these ids may come; null allows all.</summary>
    public IReadOnlyList<int>? AllowedTokenIds { get; init; }

    /// <summary>Runs of ids that may not be completed.</summary>
    public IReadOnlyList<IReadOnlyList<int>> BadWords { get; init; } = [];

    /// <summary>What the text must follow; null for free text.</summary>
    public TokenGuide? Guide { get; init; }

    /// <summary>Token ids whose logprob is reported at each generated position, beside the top ones.</summary>
    public IReadOnlyList<int>? LogprobTokenIds { get; init; }
}

/// <summary>One sequence to run. Stop strings are the server's business: it cancels the stream.</summary>
public sealed record EngineRequest(string Id, IReadOnlyList<int> PromptTokenIds, SamplingParams Sampling)
{
    /// <summary>Requests share cached prefixes only with requests of the same salt; null is the salt of all that bring none.</summary>
    public string? CacheSalt { get; init; }
}

/// <summary>Natural logarithm of a token's probability and its 1-based rank in the vocabulary.</summary>
public readonly record struct TokenLogprob(int TokenId, float Logprob, int Rank);

/// <summary>The token at one position, and the most likely ones there in descending order.</summary>
public sealed record PositionLogprobs(TokenLogprob Token, IReadOnlyList<TokenLogprob> Top);

public enum FinishReason
{
    Stop,
    Length,
    Abort,
    Error,
}

/// <summary>What one step of the engine produced for one sequence.</summary>
public sealed record EngineOutput
{
    public required IReadOnlyList<int> TokenIds { get; init; }

    /// <summary>One entry per id of <see cref="TokenIds"/> when logprobs were asked for.</summary>
    public IReadOnlyList<PositionLogprobs>? Logprobs { get; init; }

    /// <summary>On the first output only: one entry per prompt token, null where there is none (the first, or before PromptLogprobsFrom).</summary>
    public IReadOnlyList<PositionLogprobs?>? PromptLogprobs { get; init; }

    public FinishReason? FinishReason { get; init; }

    /// <summary>The stop token id that ended the sequence, when it is not the EOS token.</summary>
    public int? StopTokenId { get; init; }

    /// <summary>Prompt tokens that came from the prefix cache.</summary>
    public int CachedTokens { get; init; }

    /// <summary>Times the sequence gave its blocks back so far.</summary>
    public int Preemptions { get; init; }

    /// <summary>Readable cause when <see cref="FinishReason"/> is Error.</summary>
    public string? Error { get; init; }

    /// <summary>On the last output of a sequence that was not aborted.</summary>
    public RequestTimings? Timings { get; init; }
}

/// <summary>Where the time of one request went, in seconds: waiting, until the first token, from then to the end.</summary>
public sealed record RequestTimings(double Queued, double Prefill, double Decode);

/// <summary>The waiting queue holds MaxWaiting requests; a server answers 429.</summary>
public sealed class EngineQueueFullException(string message) : Exception(message);
