using System.Threading.Channels;
using Octet.Inference.Guidance;
using Octet.Inference.KvCache;
using Octet.Inference.Sampling;

namespace Octet.Inference.Scheduling;

/// <summary>One request inside the engine. Only the engine's thread touches it, except <see cref="CancelRequested"/>, which is a one-way flag.</summary>
internal sealed class Sequence(EngineRequest request, ChannelWriter<EngineOutput> outputs, ulong seed, long arrival)
{
    private volatile bool _cancelRequested;

    public EngineRequest Request { get; } = request;

    public SamplingParams Sampling => Request.Sampling;

    public ChannelWriter<EngineOutput> Outputs { get; } = outputs;

    public TokenSampler Sampler { get; } = new(request.Sampling, seed);

    /// <summary>Where it stands in the grammar that it must follow; null for free text.</summary>
    public GuideCursor? Guide { get; } = request.Sampling.Guide is { } guide ? new GuideCursor(guide) : null;

    /// <summary>Prompt and generated ids.</summary>
    public List<int> Tokens { get; } = [.. request.PromptTokenIds];

    public int PromptLength { get; } = request.PromptTokenIds.Count;

    public int Generated => Tokens.Count - PromptLength;

    /// <summary>Tokens whose keys and values are in the cache.</summary>
    public int Computed { get; set; }

    /// <summary>Tokens in the forward pass being prepared.</summary>
    public int Scheduled { get; set; }

    public List<int> Blocks { get; } = [];

    /// <summary>What the hash of the first block follows.</summary>
    public BlockHash Root { get; } = BlockHash.Root(request.CacheSalt);

    /// <summary>Hashes of the full blocks that were published or reused.</summary>
    public List<BlockHash> Hashes { get; } = [];

    public int CachedTokens { get; set; }

    public PositionLogprobs?[]? PromptLogprobs { get; } = request.Sampling.PromptLogprobs is null ? null : new PositionLogprobs?[request.PromptTokenIds.Count];

    /// <summary>Times it gave its blocks back.</summary>
    public int Preemptions { get; set; }

    public bool PromptReported { get; set; }

    public long Arrival { get; } = arrival;

    public long FirstScheduled { get; set; }

    public long FirstToken { get; set; }

    public bool CancelRequested => _cancelRequested;

    public void Cancel() => _cancelRequested = true;

    /// <summary>Prompt tokens that a cached prefix may cover: never the last one, and none whose successor's logprob is asked for.</summary>
    public int MostCacheable => PromptLogprobs is null
        ? Tokens.Count - 1
        : Math.Max(0, Math.Min(Tokens.Count - 1, Sampling.PromptLogprobsFrom - 1));
}
