namespace Octet.Contracts.Runs;

/// <summary>Names inside a run folder.</summary>
public static class RunFiles
{
    public const string Spec = "spec.yaml";
    public const string Events = "events.jsonl";
    public const string Preflight = "preflight.json";
    public const string Quantize = "quantize.json";
    public const string Artifact = "artifact.json";
    public const string Serving = "serving.json";

    /// <summary>Only where the specification asks for it.</summary>
    public const string Divergence = "divergence.json";
    public const string Load = "load.json";
    public const string Requests = "requests.parquet";

    /// <summary>Left by <c>octet bench</c> with an open-loop profile.</summary>
    public const string OpenLoad = "open-load.json";
    public const string OpenRequests = "open-requests.parquet";
    public const string SloSearch = "slo-search.json";
    public const string Comparison = "comparison.json";
    public const string ComparisonMarkdown = "comparison.md";
    public const string Manifest = "manifest.json";

    /// <summary>Results and samples in LM Eval's own form, a folder for each variant.</summary>
    public const string LmEval = "lm-eval";

    /// <summary><c>results.base.json</c>.</summary>
    public static string Results(string variant) => $"results.{variant}.json";

    /// <summary><c>samples.base.parquet</c>.</summary>
    public static string Samples(string variant) => $"samples.{variant}.parquet";
}

/// <summary>The two sides of a comparison.</summary>
public static class Variants
{
    public const string Base = "base";
    public const string Compressed = "compressed";
}
