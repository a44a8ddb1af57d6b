namespace Octet.Contracts.Runs.Yaml;

/// <summary>Writes a run specification with every value, in the order of the records; null values are left out.</summary>
internal static class RunSpecWriter
{
    public static string Write(RunSpec spec)
    {
        using var yaml = new YamlWriter();
        yaml.Field("model", spec.Model);
        yaml.Section("quantize", () => WriteQuantize(yaml, spec.Quantize));
        yaml.Section("serve", () => WriteServe(yaml, spec.Serve));
        yaml.Section("evaluate", () => WriteEvaluate(yaml, spec.Evaluate));
        yaml.Section("load", () => WriteLoad(yaml, spec.Load));
        yaml.Section("slo", () => WriteSlo(yaml, spec.Slo));
        yaml.Section("policy", () => WritePolicy(yaml, spec.Policy));
        yaml.Field("look", spec.Look);
        yaml.Field("control", spec.Control ? true : (bool?)null);
        if (spec.Price is { } price)
        {
            yaml.Section("price", () =>
            {
                yaml.Field("per-hour", price.PerHour);
                yaml.Field("currency", price.Currency);
            });
        }

        return yaml.Finish();
    }

    private static void WriteQuantize(YamlWriter yaml, QuantizeSpec spec)
    {
        yaml.Field("scheme", spec.Scheme);
        yaml.Field("recipe", spec.Recipe);
        yaml.Field("ignore", spec.Ignore);
        yaml.Field("backend", spec.Backend);
    }

    private static void WriteServe(YamlWriter yaml, ServeSpec spec)
    {
        yaml.Field("backend", spec.Backend);
        yaml.Field("max-num-seqs", spec.MaxNumSeqs);
        yaml.Field("enable-chunked-prefill", spec.EnableChunkedPrefill);
        yaml.Field("enable-prefix-caching", spec.EnablePrefixCaching);
        yaml.Field("gpu-memory-utilization", spec.GpuMemoryUtilization);
        yaml.Field("max-num-batched-tokens", spec.MaxNumBatchedTokens);
        yaml.Field("max-model-len", spec.MaxModelLen);
        yaml.Field("dtype", spec.Dtype);
        yaml.Field("threads", spec.Threads);
        yaml.Field("base-endpoint", spec.BaseEndpoint);
        yaml.Field("compressed-endpoint", spec.CompressedEndpoint);
        yaml.Field("twins", spec.Twins);
        yaml.Field("base-server", spec.BaseServer);
        yaml.Field("compressed-server", spec.CompressedServer);
    }

    private static void WriteEvaluate(YamlWriter yaml, EvaluateSpec spec)
    {
        yaml.Field("tasks", spec.Tasks);
        yaml.Field("num-fewshot", spec.NumFewshot);
        yaml.Field("limit", spec.Limit);
        yaml.Field("apply-chat-template", spec.ApplyChatTemplate);
        yaml.Field("system-instruction", spec.SystemInstruction);
        yaml.Field("fewshot-as-multiturn", spec.FewshotAsMultiturn);
        yaml.Field("fewshot-seed", spec.FewshotSeed);
        yaml.Field("concurrency", spec.Concurrency);
        yaml.Field("datasets", spec.Datasets);
        yaml.Field("task-folder", spec.TaskFolder);
        yaml.Field("backend", spec.Backend);
        yaml.Field("seed", spec.Seed);
        if (spec.Divergence is { } divergence)
        {
            yaml.Section("divergence", () =>
            {
                yaml.Field("text", divergence.Text);
                yaml.Field("prompts", divergence.Prompts);
                yaml.Field("window", divergence.Window);
                yaml.Field("max-tokens", divergence.MaxTokens);
            });
        }
    }

    private static void WriteLoad(YamlWriter yaml, LoadSpec spec)
    {
        yaml.Field("profile", spec.Profile);
        Lengths("prompt-tokens", spec.PromptTokens, spec.PromptLengths);
        Lengths("output-tokens", spec.OutputTokens, spec.OutputLengths);
        yaml.Field("concurrency", spec.Concurrency);
        yaml.Field("seconds", spec.Seconds);
        yaml.Field("replicates", spec.Replicates);
        yaml.Field("backend", spec.Backend);
        yaml.Field("seed", spec.Seed);

        void Lengths(string key, int tokens, string? text)
        {
            if (text is null)
            {
                yaml.Field(key, tokens);
            }
            else
            {
                yaml.Field(key, text);
            }
        }
    }

    private static void WriteSlo(YamlWriter yaml, SloSpec spec)
    {
        yaml.Field("preset", spec.Preset);
        yaml.Field("ttft-ms", spec.TtftMs);
        yaml.Field("itl-ms", spec.ItlMs);
        yaml.Field("max-error-rate", spec.MaxErrorRate);
    }

    private static void WritePolicy(YamlWriter yaml, Policy policy)
    {
        yaml.Field("name", policy.Name);
        yaml.Field("alpha", policy.Alpha);
        yaml.Field("looks", policy.Looks);
        yaml.Items("gates", policy.Gates, gate =>
        {
            yaml.Field("name", gate.Name);
            yaml.Field("metric", YamlNames.Of(gate.Metric));
            yaml.Field("importance", YamlNames.Of(gate.Importance));
            if (gate.Tasks.Count > 0)
            {
                yaml.Field("tasks", gate.Tasks);
            }

            yaml.Field("margin", gate.Margin);
            yaml.Field("threshold", gate.Threshold);
        });
    }
}
