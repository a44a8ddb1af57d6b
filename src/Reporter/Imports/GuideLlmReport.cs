using System.Text.Json;

namespace Octet.Reporter.Imports;

/// <summary>GuideLLM's report of 0.3 (no metadata, <c>args.strategy</c>), 0.5 (version 1) and 0.7 or later (version 2).</summary>
internal static class GuideLlmReport
{
    public static ResultSet Read(string file, JsonElement root, JsonElement benchmarks)
    {
        var version = root.TryGetProperty("metadata", out var metadata) && metadata.ValueKind == JsonValueKind.Object && metadata.TryGetProperty("guidellm_version", out var text) ? " " + text.GetString() : " before 0.5";
        var load = benchmarks.EnumerateArray().Select(Observation).ToArray();
        return load.Length == 0 ? throw new InvalidDataException("the GuideLLM report has no benchmark") : new ResultSet { Path = file, Form = "GuideLLM report" + version, Load = load };
    }

    private static LoadObservation Observation(JsonElement benchmark)
    {
        var config = benchmark.TryGetProperty("config", out var current) ? current : benchmark.GetProperty("args");
        var strategy = config.GetProperty("strategy");
        var kind = strategy.GetProperty("type_").GetString() ?? "unknown";
        var metrics = benchmark.GetProperty("metrics");
        var totals = metrics.TryGetProperty("request_totals", out var inMetrics) ? inMetrics : benchmark.GetProperty("request_totals");
        var succeeded = Count(totals, "successful");
        return new LoadObservation(
            kind,
            kind == "synchronous" ? 1 : kind == "concurrent" && strategy.TryGetProperty("streams", out var streams) ? streams.GetDouble() : null,
            kind is "constant" or "poisson" or "async" && strategy.TryGetProperty("rate", out var rate) && rate.ValueKind == JsonValueKind.Number ? rate.GetDouble() : null,
            succeeded,
            Count(totals, "errored"),
            Value(metrics, "requests_per_second", "mean"),
            Value(metrics, "request_concurrency", "mean"),
            Value(metrics, "output_tokens_per_second", "mean"),
            succeeded == 0 ? null : Value(metrics, "time_to_first_token_ms", "median"),
            succeeded == 0 ? null : Value(metrics, "inter_token_latency_ms", "median"));
    }

    private static int Count(JsonElement totals, string status) => totals.TryGetProperty(status, out var count) && count.TryGetInt32(out var number) ? number : 0;

    private static double Value(JsonElement metrics, string name, string statistic) => metrics.GetProperty(name).GetProperty("successful").GetProperty(statistic).GetDouble();
}
