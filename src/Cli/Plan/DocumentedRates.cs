namespace Octet.Cli.Plan;

/// <summary>A rate that somebody measured and wrote down.</summary>
/// <param name="Value">In the unit of its use.</param>
/// <param name="Source">Who measured it, on what.</param>
internal readonly record struct DocumentedRate(double Value, string Source);

/// <summary>
/// Measured figures of tools and GPUs. They hold for models of about eight thousand million parameters, and are used for nothing else: a
/// number without a basis is not printed.
/// </summary>
internal static class DocumentedRates
{
    /// <summary>Parameters that the figures were measured with.</summary>
    public const double Parameters = 8.03e9;

    /// <summary>Farthest that a model's size may be from <see cref="Parameters"/>, as a share.</summary>
    public const double Closeness = 0.15;

    private const string Twins = "vLLM 0.24.0, Llama-3.1-8B shape in BF16, one H100 80 GB, 512 tokens in and 128 out";

    /// <summary>Tokens in and out of one request of the throughput figures.</summary>
    public const int RequestTokensIn = 512;

    /// <summary>As <see cref="RequestTokensIn"/>.</summary>
    public const int RequestTokensOut = 128;

    /// <summary>Output tokens a second by concurrency, ascending; the BF16 side, which is the slower.</summary>
    private static readonly (int Concurrency, double TokensPerSecond)[] H100 = [(1, 155.8), (8, 1088), (32, 3034), (128, 5407)];

    /// <summary>Documents of the public test sets.</summary>
    public static IReadOnlyDictionary<string, int> Documents { get; } = new Dictionary<string, int>(StringComparer.Ordinal)
    {
        ["mmlu"] = 14042,
        ["arc_easy"] = 2376,
        ["arc_challenge"] = 1172,
        ["hellaswag"] = 10042,
        ["ifeval"] = 541,
    };

    /// <summary>Minutes of LLM Compressor; null for another recipe or GPU.</summary>
    public static DocumentedRate? QuantizeMinutes(string recipe, string gpu) => (recipe, Is(gpu, "A100")) switch
    {
        ("data-free" or "model-free", true) => new(1, "LLM Compressor, round to nearest, 8B on an A100: about 1 minute for the weights"),
        ("gptq" or "smoothquant-gptq", true) => new(30, "LLM Compressor, GPTQ, 8B on an A100: about 30 minutes"),
        _ => null,
    };

    /// <summary>Minutes until two vLLM servers are ready, one after the other.</summary>
    public static DocumentedRate? StartMinutes(string gpu) =>
        Is(gpu, "H100") ? new(2 * 95 / 60.0, "vLLM with torch.compile, 8B on an H100: about 95 s each") : null;

    /// <summary>Requests of 512 tokens in and 128 out a second, at the highest measured concurrency that is not above the asked one.</summary>
    public static DocumentedRate? RequestsPerSecond(int concurrency, string gpu)
    {
        if (!Is(gpu, "H100"))
        {
            return null;
        }

        var (at, tokens) = H100.Last(point => point.Concurrency <= Math.Max(1, concurrency));
        return new(tokens / RequestTokensOut, $"{Twins}, {at} at a time");
    }

    /// <summary>Seconds until GuideLLM has started once, at its slowest.</summary>
    public static DocumentedRate GuideLlmStart { get; } = new(60, "GuideLLM 0.8.1 starts in 14 to 60 s");

    private static bool Is(string gpu, string name) => gpu.Contains(name, StringComparison.OrdinalIgnoreCase);
}
