namespace Octet.Jobs;

/// <summary>Names of the queues: one for each kind of work and backend.</summary>
public static class JobQueues
{
    public const string QuantizeNative = "quantize:native";
    public const string EvaluateNative = "evaluate:native";
    public const string LoadNative = "load:native";
    public const string QuantizeLlmCompressor = "quantize:llm-compressor";
    public const string EvaluateLmEval = "evaluate:lm-eval";
    public const string LoadGuideLlm = "load:guidellm";
}
