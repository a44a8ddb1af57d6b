namespace Octet.Contracts.Runs.Yaml;

/// <summary>Reads the fields of a run specification; defaults are those of the records.</summary>
internal static class RunSpecReader
{
    private const int MostTokens = 1 << 20;
    private const int MostRequests = 1 << 16;
    private const int MostDocuments = 10_000_000;
    private static readonly string[] WorkBackends = ["auto", "native", "python"];

    public static RunSpec Read(YamlFields fields)
    {
        var spec = new RunSpec
        {
            Model = fields.OptionalText("model"),
            Quantize = ReadQuantize(fields.Section("quantize"), new()),
            Serve = ReadServe(fields.Section("serve"), new()),
            Evaluate = ReadEvaluate(fields.Section("evaluate"), new()),
            Load = ReadLoad(fields.Section("load"), new()),
            Slo = ReadSlo(fields.Section("slo"), new()),
            Policy = PolicyReader.Read(fields.Section("policy"), gatesRequired: false),
            Look = fields.OptionalWhole("look", 1, 5),
            Control = fields.OptionalFlag("control") ?? false,
            Price = ReadPrice(fields.OptionalSection("price")),
        };
        if (spec.Look > (spec.Policy.Looks ?? 1))
        {
            fields.Fail("look", $"look {spec.Look} is beyond the {spec.Policy.Looks ?? 1} that the policy plans (policy.looks)");
        }

        fields.End();
        if (spec is { Evaluate.Divergence: not null, Serve.Twins: "alternate" })
        {
            fields.Fail("evaluate", "divergence asks both servers about the same tokens: it needs serve.twins 'together'");
        }

        return spec;
    }

    private static QuantizeSpec ReadQuantize(YamlFields fields, QuantizeSpec defaults)
    {
        var spec = new QuantizeSpec
        {
            Scheme = fields.Choice("scheme", defaults.Scheme, "W8A8"),
            Recipe = fields.Text("recipe", defaults.Recipe),
            Ignore = fields.Texts("ignore", defaults.Ignore),
            Backend = fields.Choice("backend", defaults.Backend, WorkBackends),
        };
        fields.End();
        return spec;
    }

    private static ServeSpec ReadServe(YamlFields fields, ServeSpec defaults)
    {
        var spec = new ServeSpec
        {
            Backend = fields.Choice("backend", defaults.Backend, "auto", "native", "vllm", "endpoint"),
            MaxNumSeqs = fields.Whole("max-num-seqs", defaults.MaxNumSeqs, 1, MostRequests),
            EnableChunkedPrefill = fields.Flag("enable-chunked-prefill", defaults.EnableChunkedPrefill),
            EnablePrefixCaching = fields.Flag("enable-prefix-caching", defaults.EnablePrefixCaching),
            GpuMemoryUtilization = fields.Positive("gpu-memory-utilization", defaults.GpuMemoryUtilization, 1),
            MaxNumBatchedTokens = fields.Whole("max-num-batched-tokens", defaults.MaxNumBatchedTokens, 1, MostTokens),
            MaxModelLen = fields.OptionalWhole("max-model-len", 1, MostTokens),
            Dtype = fields.Choice("dtype", defaults.Dtype, "auto", "bfloat16", "float16", "float32", "half", "float"),
            Threads = fields.OptionalWhole("threads", 1, 1024),
            BaseEndpoint = fields.OptionalText("base-endpoint"),
            CompressedEndpoint = fields.OptionalText("compressed-endpoint"),
            Twins = fields.Choice("twins", defaults.Twins, "together", "alternate"),
            BaseServer = fields.OptionalText("base-server"),
            CompressedServer = fields.OptionalText("compressed-server"),
        };
        fields.End();
        CheckEndpoint(fields, "base-endpoint", spec.BaseEndpoint, spec.Backend);
        CheckEndpoint(fields, "compressed-endpoint", spec.CompressedEndpoint, spec.Backend);
        CheckTwins(fields, spec);
        return spec;
    }

    private static void CheckTwins(YamlFields fields, ServeSpec spec)
    {
        if (spec is { Twins: "alternate", Backend: not "endpoint" })
        {
            fields.Fail("twins", "'alternate' is for vLLM servers that already run: it needs backend 'endpoint'");
        }

        foreach (var (key, server) in (ReadOnlySpan<(string, string?)>)[("base-server", spec.BaseServer), ("compressed-server", spec.CompressedServer)])
        {
            if (server is not null && (!Uri.TryCreate(server, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https") || uri.UserInfo.Length > 0 || uri.AbsolutePath != "/"))
            {
                fields.Fail(key, "expected the http or https address of a vLLM server without path and user name, like http://127.0.0.1:8000");
            }
        }
    }

    private static void CheckEndpoint(YamlFields fields, string key, string? endpoint, string backend)
    {
        if (endpoint is null)
        {
            if (backend == "endpoint")
            {
                fields.Fail(key, "missing: backend 'endpoint' needs it, like http://127.0.0.1:8000/v1");
            }
        }
        else if (!Uri.TryCreate(endpoint, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https") || uri.UserInfo.Length > 0)
        {
            fields.Fail(key, "expected an http or https address without user name, like http://127.0.0.1:8000/v1");
        }
    }

    private static EvaluateSpec ReadEvaluate(YamlFields fields, EvaluateSpec defaults)
    {
        var spec = new EvaluateSpec
        {
            Tasks = fields.Texts("tasks", defaults.Tasks),
            NumFewshot = fields.OptionalWhole("num-fewshot", 0, 64),
            Limit = fields.OptionalCountOrShare("limit", MostDocuments),
            ApplyChatTemplate = fields.OptionalFlag("apply-chat-template"),
            SystemInstruction = fields.OptionalLines("system-instruction"),
            FewshotAsMultiturn = fields.Flag("fewshot-as-multiturn", defaults.FewshotAsMultiturn),
            FewshotSeed = fields.Seed("fewshot-seed", defaults.FewshotSeed),
            Concurrency = fields.Whole("concurrency", defaults.Concurrency, 1, MostRequests),
            Datasets = fields.OptionalText("datasets"),
            TaskFolder = fields.OptionalText("task-folder"),
            Backend = fields.Choice("backend", defaults.Backend, WorkBackends),
            Seed = fields.Seed("seed", defaults.Seed),
            Divergence = ReadDivergence(fields.OptionalSection("divergence"), new()),
        };
        fields.End();
        if (spec.Tasks.Count == 0 || spec.Tasks.Distinct(StringComparer.Ordinal).Count() != spec.Tasks.Count)
        {
            fields.Fail("tasks", "expected at least one task, each once");
        }

        return spec;
    }

    private static DivergenceSpec? ReadDivergence(YamlFields? fields, DivergenceSpec defaults)
    {
        if (fields is null)
        {
            return null;
        }

        var spec = new DivergenceSpec
        {
            Text = fields.OptionalText("text"),
            Prompts = fields.OptionalText("prompts"),
            Window = fields.Whole("window", defaults.Window, 2, MostTokens),
            MaxTokens = fields.Whole("max-tokens", defaults.MaxTokens, 1, MostTokens),
        };
        fields.End();
        if ((spec.Text is null) == (spec.Prompts is null))
        {
            fields.Fail("text", "expected either a text file or a JSONL file under 'prompts'");
        }

        return spec;
    }

    private static LoadSpec ReadLoad(YamlFields fields, LoadSpec defaults)
    {
        var (prompt, output) = (fields.Lengths("prompt-tokens", defaults.PromptTokens), fields.Lengths("output-tokens", defaults.OutputTokens));
        var spec = new LoadSpec
        {
            Profile = fields.Choice("profile", defaults.Profile, "concurrent"),
            PromptTokens = prompt.Most,
            PromptLengths = prompt.Text,
            OutputTokens = output.Most,
            OutputLengths = output.Text,
            Concurrency = fields.Wholes("concurrency", defaults.Concurrency, 1, MostRequests),
            Seconds = fields.Positive("seconds", defaults.Seconds, 86_400),
            Replicates = fields.Whole("replicates", defaults.Replicates, 1, 1000),
            Backend = fields.Choice("backend", defaults.Backend, WorkBackends),
            Seed = fields.Seed("seed", defaults.Seed),
        };
        fields.End();
        if (spec.Concurrency.Count == 0 || spec.Concurrency.Zip(spec.Concurrency.Skip(1)).Any(pair => pair.First >= pair.Second))
        {
            fields.Fail("concurrency", "expected at least one number of streams, rising, like [1, 4, 16]");
        }

        if ((spec.PromptLengths ?? spec.OutputLengths) is not null)
        {
            if (spec.Backend == "python")
            {
                fields.Fail("backend", "GuideLLM gets fixed lengths here: use backend: native for distributions of lengths");
            }

            return spec with { Backend = "native" };
        }

        return spec;
    }

    private static SloSpec ReadSlo(YamlFields fields, SloSpec defaults)
    {
        var spec = new SloSpec
        {
            Preset = fields.Text("preset", defaults.Preset),
            TtftMs = fields.OptionalPositive("ttft-ms", 3_600_000),
            ItlMs = fields.OptionalPositive("itl-ms", 3_600_000),
            MaxErrorRate = fields.Fraction("max-error-rate", defaults.MaxErrorRate),
        };
        fields.End();
        return spec;
    }

    private static PriceSpec? ReadPrice(YamlFields? fields)
    {
        if (fields is null)
        {
            return null;
        }

        var spec = new PriceSpec
        {
            PerHour = fields.Positive("per-hour", 0, 1_000_000),
            Currency = fields.Text("currency", "USD"),
        };
        fields.End();
        if (!fields.Has("per-hour"))
        {
            fields.Fail("per-hour", "missing: a price needs it");
        }

        return spec;
    }
}
