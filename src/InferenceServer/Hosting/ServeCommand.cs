using System.CommandLine;
using System.Globalization;
using System.Net;
using Octet.Inference;
using Octet.ServiceDefaults;

namespace Octet.InferenceServer.Hosting;

/// <summary>vLLM's flags for one server; used by the server's own program and by <c>octet serve</c>.</summary>
public static class ServeCommand
{
    /// <summary>Environment variable of the API key.</summary>
    public const string ApiKeyVariable = "OCTET_API_KEY";

    private static readonly Argument<string> Model = new("model") { Description = "Model folder: config.json, *.safetensors, tokenizer.json." };
    private static readonly Option<string> Host = new("--host") { Description = "Address to listen on.", DefaultValueFactory = _ => "127.0.0.1" };
    private static readonly Option<int> Port = new("--port") { Description = "Port to listen on; 0 takes a free one.", DefaultValueFactory = _ => 8000 };
    private static readonly Option<string?> Name = new("--served-model-name") { Description = "Name of the model in requests; by default the folder as given." };
    private static readonly Option<string> Dtype = new("--dtype") { Description = "auto, bfloat16, float16 or float32: what is carried between operations.", DefaultValueFactory = _ => "auto" };
    private static readonly Option<int?> MaxModelLen = new("--max-model-len") { Description = "Longest prompt plus output; by default, or with -1, the model's own limit." };
    private static readonly Option<int> MaxNumSeqs = new("--max-num-seqs") { Description = "Sequences in one forward pass.", DefaultValueFactory = _ => 64 };
    private static readonly Option<int> MaxNumBatchedTokens = new("--max-num-batched-tokens") { Description = "Tokens in one forward pass.", DefaultValueFactory = _ => 2048 };
    private static readonly Option<bool> ChunkedPrefill = new("--enable-chunked-prefill") { Description = "Split long prompts over several passes.", DefaultValueFactory = _ => true };
    private static readonly Option<bool> NoChunkedPrefill = new("--no-enable-chunked-prefill") { Description = "Take every prompt whole." };
    private static readonly Option<bool> PrefixCaching = new("--enable-prefix-caching") { Description = "Reuse blocks of common beginnings.", DefaultValueFactory = _ => true };
    private static readonly Option<bool> NoPrefixCaching = new("--no-enable-prefix-caching") { Description = "Compute every prompt anew." };
    private static readonly Option<bool> EnforceEager = new("--enforce-eager") { Description = "Round after every operation, as vLLM without its compiler does." };
    private static readonly Option<bool> PromptTokensDetails = new("--enable-prompt-tokens-details") { Description = "Report cached prompt tokens in the usage." };
    private static readonly Option<int> BlockSize = new("--block-size") { Description = "Tokens in one KV-cache block.", DefaultValueFactory = _ => 16 };
    private static readonly Option<long?> KvCacheBytes = new("--kv-cache-memory-bytes") { Description = "Memory of the KV cache; by default what max-num-seqs sequences need, at most --gpu-memory-utilization of the machine's." };
    private static readonly Option<double?> GpuMemoryUtilization = new("--gpu-memory-utilization") { Description = "Share of the machine's memory that the KV cache may take at most; by default 0.5." };
    private static readonly Option<int> MaxWaiting = new("--max-waiting") { Description = "Requests that may wait before 429.", DefaultValueFactory = _ => 4096 };
    private static readonly Option<long> Seed = new("--seed") { Description = "Seed of requests that bring none." };
    private static readonly Option<int?> Threads = new("--threads") { Description = "Compute threads; by default every processor." };
    private static readonly Option<string?> OtlpTracesEndpoint = new("--otlp-traces-endpoint") { Description = $"Address that traces are sent to over OTLP; the protocol is OTEL_EXPORTER_OTLP_TRACES_PROTOCOL, grpc or http/protobuf. Without it {TelemetryExtensions.EndpointVariable} decides." };
    private static readonly Option<bool> ExitWithStdin = new("--exit-with-stdin") { Description = "End when standard input closes." };

    /// <summary>Adds the argument and the flags to a command.</summary>
    public static void AddTo(Command command)
    {
        ArgumentNullException.ThrowIfNull(command);
        command.Arguments.Add(Model);
        foreach (var option in (ReadOnlySpan<Option>)[Host, Port, Name, Dtype, MaxModelLen, MaxNumSeqs, MaxNumBatchedTokens, ChunkedPrefill, NoChunkedPrefill, PrefixCaching, NoPrefixCaching, EnforceEager, PromptTokensDetails, BlockSize, KvCacheBytes, GpuMemoryUtilization, MaxWaiting, Seed, Threads, OtlpTracesEndpoint, ExitWithStdin])
        {
            command.Options.Add(option);
        }

        command.Validators.Add(result =>
        {
            Within(Port, 0, IPEndPoint.MaxPort);
            Within(MaxNumSeqs, 1, int.MaxValue);
            Within(MaxNumBatchedTokens, 1, int.MaxValue);
            Within(BlockSize, 1, int.MaxValue);
            Within(MaxWaiting, 0, int.MaxValue);
            Within(Threads, 1, int.MaxValue);
            Within(KvCacheBytes, 1, long.MaxValue);
            Within(GpuMemoryUtilization, double.Epsilon, 1);
            Within(MaxModelLen, -1, int.MaxValue);
            if (result.GetResult(MaxModelLen) is { Implicit: false } && result.GetValue(MaxModelLen) == 0)
            {
                result.AddError("--max-model-len must be at least 1, or -1 for the model's own limit");
            }

            if (result.GetResult(Host) is { Implicit: false } && !OpenAiServer.IsAddress(result.GetValue(Host)))
            {
                result.AddError($"--host '{result.GetValue(Host)}' is not an IP address; use 127.0.0.1 or 0.0.0.0");
            }

            if (result.GetResult(OtlpTracesEndpoint) is { Implicit: false } && !(Uri.TryCreate(result.GetValue(OtlpTracesEndpoint), UriKind.Absolute, out var traces) && traces.Scheme is "http" or "https"))
            {
                result.AddError($"--otlp-traces-endpoint '{result.GetValue(OtlpTracesEndpoint)}' is not an http address, like http://127.0.0.1:4317");
            }

            if (result.GetResult(Dtype) is { Implicit: false } && !Dtypes.ContainsKey(result.GetValue(Dtype) ?? ""))
            {
                result.AddError($"--dtype '{result.GetValue(Dtype)}' is not one of {string.Join(", ", Dtypes.Keys)}");
            }

            void Within<T>(Option<T> option, double least, double most)
            {
                if (result.GetResult(option) is { Implicit: false, Errors: var errors } && !errors.Any()
                    && result.GetValue(option) is IConvertible value && value.ToDouble(CultureInfo.InvariantCulture) is var number && !(number >= least && number <= most))
                {
                    result.AddError(string.Create(CultureInfo.InvariantCulture, $"{option.Name} {value} is out of range"));
                }
            }
        });
        RefusedFlags.AddTo(command);
    }

    /// <summary>The flags as options. The API key comes from <see cref="ApiKeyVariable"/>.</summary>
    public static ServeOptions Read(ParseResult parsed)
    {
        ArgumentNullException.ThrowIfNull(parsed);
        return new ServeOptions
        {
            ModelPath = parsed.GetRequiredValue(Model),
            ServedModelName = parsed.GetValue(Name),
            Host = parsed.GetRequiredValue(Host),
            Port = parsed.GetValue(Port),
            ApiKey = Environment.GetEnvironmentVariable(ApiKeyVariable) is { Length: > 0 } key ? key : null,
            EnablePromptTokensDetails = parsed.GetValue(PromptTokensDetails),
            ExitWithStandardInput = parsed.GetValue(ExitWithStdin),
            OtlpTracesEndpoint = parsed.GetValue(OtlpTracesEndpoint),
            Engine = new EngineOptions
            {
                Dtype = Dtypes[parsed.GetRequiredValue(Dtype)],
                MaxModelLen = parsed.GetValue(MaxModelLen) is > 0 and var length ? length : null,
                MaxNumSeqs = parsed.GetValue(MaxNumSeqs),
                MaxNumBatchedTokens = parsed.GetValue(MaxNumBatchedTokens),
                EnforceEager = parsed.GetValue(EnforceEager),
                EnableChunkedPrefill = parsed.GetValue(ChunkedPrefill) && !parsed.GetValue(NoChunkedPrefill),
                EnablePrefixCaching = parsed.GetValue(PrefixCaching) && !parsed.GetValue(NoPrefixCaching),
                BlockSize = parsed.GetValue(BlockSize),
                KvCacheBytes = parsed.GetValue(KvCacheBytes),
                KvCacheShare = parsed.GetValue(GpuMemoryUtilization) ?? EngineOptions.DefaultKvCacheShare,
                MaxWaiting = parsed.GetValue(MaxWaiting),
                Seed = parsed.GetValue(Seed),
                Threads = parsed.GetValue(Threads),
            },
        };
    }

    /// <summary>Serves until cancelled, or until standard input closes when that was asked for. Prints one line of JSON when ready.</summary>
    public static async Task RunAsync(ServeOptions options, TextWriter output, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(output);
        using var parent = options.ExitWithStandardInput ? ParentWatch.Start() : null;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, parent?.Gone ?? CancellationToken.None);
        await using var server = await OpenAiServer.StartAsync(options, builder => Configure(builder, options), stop.Token);
        await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{{\"event\":\"ready\",\"url\":\"{server.Url.GetLeftPart(UriPartial.Authority)}\"}}"));
        await output.FlushAsync(stop.Token);
        await server.WaitForShutdownAsync(stop.Token);
    }

    private static void Configure(WebApplicationBuilder builder, ServeOptions options)
    {
        if (options.OtlpTracesEndpoint is { } endpoint)
        {
            builder.Configuration[TelemetryExtensions.TracesEndpointVariable] = endpoint;
        }

        builder.AddCollectedTelemetry("Octet.*");
        if (options.ExitWithStandardInput)
        {
            // Nobody waits for the answers of a child whose parent is gone.
            builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = ParentWatch.Grace / 2);
        }
    }

    private static readonly Dictionary<string, ComputeDtype> Dtypes = new(StringComparer.Ordinal)
    {
        ["auto"] = ComputeDtype.Auto,
        ["bfloat16"] = ComputeDtype.BFloat16,
        ["float16"] = ComputeDtype.Float16,
        ["float32"] = ComputeDtype.Float32,
    };
}
