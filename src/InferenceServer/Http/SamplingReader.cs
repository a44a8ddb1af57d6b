using Octet.Inference;
using Octet.InferenceServer.Hosting;

namespace Octet.InferenceServer.Http;

/// <summary>What both generation endpoints ask for beside the prompt.</summary>
public sealed record GenerationRequest
{
    public required SamplingParams Sampling { get; init; }
    public required int N { get; init; }
    public required bool Stream { get; init; }
    public required bool IncludeUsage { get; init; }
    public required bool ContinuousUsage { get; init; }
    public required IReadOnlyList<string> Stop { get; init; }
    public required bool IncludeStop { get; init; }
    public required bool SkipSpecialTokens { get; init; }
    public required bool TokensAsIds { get; init; }
    public required bool ReturnTokenIds { get; init; }

    /// <summary>Keeps cached prefixes apart; null for none.</summary>
    public string? CacheSalt { get; init; }

    /// <summary>Null takes what the context leaves.</summary>
    public required int? MaxTokens { get; init; }
}

/// <summary>Reads and checks the sampling fields, with vLLM's limits and messages.</summary>
public static class SamplingReader
{
    private const int MostLogprobs = 20;
    private const int MostStops = 4;
    private static readonly string[] Unsupported = ["guided_json", "guided_regex", "guided_choice", "guided_grammar", "prompt_embeds", "use_beam_search"];

    /// <param name="fields">The body.</param>
    /// <param name="maxTokens">Tokens asked for; null when not told.</param>
    /// <param name="logprobs">Top logprobs per generated token; null for none.</param>
    /// <param name="promptLogprobs">Top logprobs per prompt token; null for none.</param>
    /// <param name="model">The served model.</param>
    /// <exception cref="ApiException">A field is wrong.</exception>
    public static GenerationRequest Read(RequestFields fields, int? maxTokens, int? logprobs, int? promptLogprobs, ServedModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        foreach (var name in Unsupported)
        {
            if (fields.TryGet(name, out _))
            {
                throw ApiException.Bad($"{name} is not supported by this server. (parameter={name})", name);
            }
        }

        var stream = fields.Bool("stream");
        if (stream && fields.Int("prompt_logprobs") is not null and not 0)
        {
            throw ApiException.Bad("`prompt_logprobs` are not available when `stream=True`. (parameter=prompt_logprobs)", "prompt_logprobs");
        }

        var (includeUsage, continuous) = StreamOptions(fields, stream);
        var sampling = TokenConstraints.Read(fields, Sampling(fields), model) with
        {
            Logprobs = Limited("logprobs", "sample", logprobs, model),
            PromptLogprobs = Limited("prompt_logprobs", "prompt", promptLogprobs, model),
            Guide = OutputForm.Read(fields, model),
        };
        Check(sampling, maxTokens, model.Engine.Info.MaxModelLen);
        var n = fields.Int("n") ?? 1;
        Require(n >= 1, $"n must be at least 1, got {n}.");
        Require(n == 1 || sampling.Temperature >= 1e-5f, $"n must be 1 when using greedy sampling, got {n}.");
        Require(n <= 128, $"n must be at most 128, got {n}.");
        var stop = fields.Texts("stop");
        if (stop.Count > MostStops)
        {
            throw ApiException.Invalid("stop", $"List should have at most {MostStops} items after validation, not {stop.Count}", $"<list of {stop.Count} items>");
        }

        Require(!stop.Contains(""), "stop cannot contain an empty string.");
        return new GenerationRequest
        {
            Sampling = sampling,
            N = n,
            Stream = stream,
            IncludeUsage = includeUsage,
            ContinuousUsage = continuous,
            Stop = stop,
            IncludeStop = fields.Bool("include_stop_str_in_output"),
            SkipSpecialTokens = fields.Bool("skip_special_tokens", otherwise: true),
            TokensAsIds = fields.Bool("return_tokens_as_token_ids"),
            ReturnTokenIds = fields.Bool("return_token_ids"),
            CacheSalt = fields.Text("cache_salt"),
            MaxTokens = maxTokens,
        };
    }

    private static SamplingParams Sampling(RequestFields fields) => new()
    {
        MinTokens = fields.Int("min_tokens") ?? 0,
        Temperature = fields.Float("temperature") ?? 1,
        TopP = fields.Float("top_p") ?? 1,
        TopK = Math.Max(fields.Int("top_k") ?? 0, -1) is -1 && fields.Int("top_k") == -1 ? 0 : fields.Int("top_k") ?? 0,
        MinP = fields.Float("min_p") ?? 0,
        PresencePenalty = fields.Float("presence_penalty") ?? 0,
        FrequencyPenalty = fields.Float("frequency_penalty") ?? 0,
        RepetitionPenalty = fields.Float("repetition_penalty") ?? 1,
        Seed = fields.Long("seed"),
        IgnoreEos = fields.Bool("ignore_eos"),
        StopTokenIds = fields.Ints("stop_token_ids") ?? [],
        LogprobTokenIds = fields.Ints("logprob_token_ids"),
        PromptLogprobsFrom = fields.Int("prompt_logprobs_from") ?? 0,
    };

    private static (bool Include, bool Continuous) StreamOptions(RequestFields fields, bool stream)
    {
        if (!fields.TryGet("stream_options", out var value))
        {
            return (false, false);
        }

        if (!stream)
        {
            throw ApiException.Bad("Stream options can only be defined when `stream=True`. (parameter=stream_options)", "stream_options");
        }

        var options = new RequestFields(value);
        var include = options.Bool("include_usage");
        return (include, include && options.Bool("continuous_usage_stats"));
    }

    /// <summary>-1 asks for the whole vocabulary.</summary>
    private static int? Limited(string name, string kind, int? value, ServedModel model)
    {
        value = value == -1 ? model.Engine.Model.VocabSize : value;
        return value switch
        {
            null or (>= 0 and <= MostLogprobs) => value,
            < 0 => throw ApiException.Bad($"{name} must be non-negative or -1, got {value}. (parameter={name}, value={value})", name),
            _ => throw ApiException.Bad($"Requested {kind} logprobs of {value}, which is greater than max allowed: {MostLogprobs} (parameter={name}, value={value})", name),
        };
    }

    private static void Check(SamplingParams sampling, int? maxTokens, int maxModelLen)
    {
        if (maxTokens > maxModelLen)
        {
            throw ApiException.Bad($"max_tokens={maxTokens} cannot be greater than max_model_len={maxModelLen}. Please request fewer output tokens. (parameter=max_tokens, value={maxTokens})", "max_tokens");
        }

        RequireParam(maxTokens is null or >= 1, "max_tokens", $"max_tokens must be at least 1, got {maxTokens}.", maxTokens);
        RequireParam(float.IsFinite(sampling.Temperature), "temperature", $"temperature must be a finite number, got {Number(sampling.Temperature)}.", sampling.Temperature);
        RequireParam(sampling.Temperature >= 0, "temperature", FormattableString.Invariant($"temperature must be non-negative, got {sampling.Temperature:0.0###}."), sampling.Temperature);
        RequireParam(sampling.Temperature <= 2, "temperature", FormattableString.Invariant($"temperature must be in [0, 2], got {sampling.Temperature:0.0###}."), sampling.Temperature);
        RequireParam(sampling.TopP is > 0 and <= 1, "top_p", FormattableString.Invariant($"top_p must be in (0, 1], got {sampling.TopP:0.0###}."), sampling.TopP);
        Require(sampling.TopK >= 0, $"top_k must be 0 (disable), or at least 1, got {sampling.TopK}.");
        Require(sampling.MinP is >= 0 and <= 1, FormattableString.Invariant($"min_p must be in [0, 1], got {sampling.MinP:0.0###}."));
        Require(sampling.PresencePenalty is >= -2 and <= 2, FormattableString.Invariant($"presence_penalty must be in [-2, 2], got {sampling.PresencePenalty:0.0###}."));
        Require(sampling.FrequencyPenalty is >= -2 and <= 2, FormattableString.Invariant($"frequency_penalty must be in [-2, 2], got {sampling.FrequencyPenalty:0.0###}."));
        Require(sampling.RepetitionPenalty > 0, FormattableString.Invariant($"repetition_penalty must be greater than zero, got {sampling.RepetitionPenalty:0.0###}."));
        Require(sampling.MinTokens >= 0, $"min_tokens must be greater than or equal to 0, got {sampling.MinTokens}.");
        Require(maxTokens is null || sampling.MinTokens <= maxTokens, $"min_tokens must be less than or equal to max_tokens={maxTokens}, got {sampling.MinTokens}.");
    }

    private static void Require(bool condition, string message)
    {
        if (!condition)
        {
            throw ApiException.Bad(message);
        }
    }

    private static void RequireParam(bool condition, string param, string message, object? value)
    {
        if (!condition)
        {
            throw ApiException.Bad(FormattableString.Invariant($"{message} (parameter={param}, value={Number(value)})"), param);
        }
    }

    private static string Number(object? value) => value switch
    {
        float.NaN => "nan",
        float.PositiveInfinity => "inf",
        float.NegativeInfinity => "-inf",
        float real => real.ToString("0.0###", System.Globalization.CultureInfo.InvariantCulture),
        _ => $"{value}",
    };
}
