using System.Diagnostics;
using System.Globalization;
using Octet.Inference;

namespace Octet.InferenceServer.Metrics;

/// <summary>vLLM's Prometheus series over one engine: same names, types, labels and bucket edges.</summary>
public sealed class ServerMetrics
{
    private static readonly double[] TokenEdges = [1, 2, 5, 10, 20, 50, 100, 200, 500];
    private static readonly double[] PassEdges = [1, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384];
    private static readonly double[] TtftEdges = [0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80, 160, 640, 2560];
    private static readonly double[] TokenTimeEdges = [0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80];
    private static readonly double[] RequestEdges = [0.3, 0.5, 0.8, 1, 1.5, 2, 2.5, 5, 10, 15, 20, 30, 40, 50, 60, 120, 240, 480, 960, 1920, 7680];
    private static readonly string[] Reasons = ["stop", "length", "abort", "error", "repetition"];
    private readonly LlmEngine _engine;
    private readonly string _label;
    private readonly double _created;
    private readonly long[] _finished = new long[Reasons.Length];
    private readonly Histogram _promptTokens = new("vllm:request_prompt_tokens", "Number of prefill tokens processed.", TokenEdges);
    private readonly Histogram _generationTokens = new("vllm:request_generation_tokens", "Number of generation tokens processed.", TokenEdges);
    private readonly Histogram _passTokens = new("vllm:iteration_tokens_total", "Histogram of number of tokens per engine_step.", PassEdges);
    private readonly Histogram _ttft = new("vllm:time_to_first_token_seconds", "Histogram of time to first token in seconds.", TtftEdges);
    private readonly Histogram _itl = new("vllm:inter_token_latency_seconds", "Histogram of inter-token latency in seconds.", TokenTimeEdges);
    private readonly Histogram _tpot = new("vllm:request_time_per_output_token_seconds", "Histogram of time_per_output_token_seconds per request.", TokenTimeEdges);
    private readonly Histogram _e2e = new("vllm:e2e_request_latency_seconds", "Histogram of e2e request latency in seconds.", RequestEdges);
    private readonly Histogram _queue = new("vllm:request_queue_time_seconds", "Histogram of time spent in WAITING phase for request.", RequestEdges);
    private readonly Histogram _inference = new("vllm:request_inference_time_seconds", "Histogram of time spent in RUNNING phase for request.", RequestEdges);
    private readonly Histogram _prefill = new("vllm:request_prefill_time_seconds", "Histogram of time spent in PREFILL phase for request.", RequestEdges);
    private readonly Histogram _decode = new("vllm:request_decode_time_seconds", "Histogram of time spent in DECODE phase for request.", RequestEdges);
    private readonly Histogram _mostGenerated = new("vllm:request_max_num_generation_tokens", "Histogram of maximum number of requested generation tokens.", TokenEdges);
    private readonly Histogram _choices = new("vllm:request_params_n", "Histogram of the n request parameter.", [1, 2, 5, 10, 20]);
    private readonly Histogram _maxTokens = new("vllm:request_params_max_tokens", "Histogram of the max_tokens request parameter.", TokenEdges);
    private readonly Histogram _preemptions = new("vllm:request_num_preemptions", "Histogram of the number of times a request was preempted.", [1, 2, 3, 4, 5, 10, 20]);
    private readonly Histogram _computed = new("vllm:request_prefill_kv_computed_tokens", "Histogram of new KV tokens computed during prefill (excluding cached tokens).", TokenEdges);
    private long _promptTotal;
    private long _cachedTotal;
    private long _generationTotal;
    private long _rejected;

    /// <param name="engine">What is counted.</param>
    /// <param name="model">Name under which it is served.</param>
    /// <param name="started">When counting begins.</param>
    public ServerMetrics(LlmEngine engine, string model, DateTimeOffset started)
    {
        ArgumentNullException.ThrowIfNull(engine);
        _engine = engine;
        _created = started.ToUnixTimeMilliseconds() / 1000.0;
        _label = $"model_name=\"{model.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
        engine.PassCompleted += pass => _passTokens.Add(pass.Tokens);
    }

    /// <summary>One token of a sequence came.</summary>
    /// <param name="secondsSincePrevious">Null for the first one.</param>
    public void Token(double? secondsSincePrevious)
    {
        Interlocked.Increment(ref _generationTotal);
        if (secondsSincePrevious is { } gap)
        {
            _itl.Add(gap);
        }
    }

    /// <summary>The waiting queue was full.</summary>
    public void Rejected() => Interlocked.Increment(ref _rejected);

    /// <summary>Every choice of one prompt ended.</summary>
    /// <param name="choices">The parameter n.</param>
    /// <param name="mostGenerated">Tokens of the longest one.</param>
    public void PromptFinished(int choices, int mostGenerated)
    {
        _choices.Add(choices);
        _mostGenerated.Add(mostGenerated);
    }

    /// <summary>A sequence ended.</summary>
    public void Finished(FinishReason reason, int promptTokens, int cachedTokens, int outputTokens, int maxTokens, int preemptions, RequestTimings? timings)
    {
        _maxTokens.Add(maxTokens);
        _preemptions.Add(preemptions);
        _computed.Add(promptTokens - cachedTokens);
        Interlocked.Add(ref _promptTotal, promptTokens);
        Interlocked.Add(ref _cachedTotal, cachedTokens);
        Interlocked.Increment(ref _finished[Array.IndexOf(Reasons, Name(reason))]);
        _promptTokens.Add(promptTokens);
        _generationTokens.Add(outputTokens);
        if (timings is null)
        {
            return;
        }

        _queue.Add(timings.Queued);
        _prefill.Add(timings.Prefill);
        _decode.Add(timings.Decode);
        _inference.Add(timings.Prefill + timings.Decode);
        _ttft.Add(timings.Queued + timings.Prefill);
        _e2e.Add(timings.Queued + timings.Prefill + timings.Decode);
        if (outputTokens > 1)
        {
            _tpot.Add(timings.Decode / (outputTokens - 1));
        }
    }

    public static string Name(FinishReason reason) => reason switch
    {
        FinishReason.Stop => "stop",
        FinishReason.Length => "length",
        FinishReason.Abort => "abort",
        _ => "error",
    };

    /// <summary>Text exposition format 0.0.4.</summary>
    public string Write()
    {
        var writer = new MetricsWriter(_label, _created);
        WriteProcess(writer);
        WriteEngine(writer);
        foreach (var histogram in (ReadOnlySpan<Histogram>)[_promptTokens, _generationTokens, _passTokens, _mostGenerated, _choices, _maxTokens, _preemptions, _computed, _ttft, _itl, _tpot, _e2e, _queue, _inference, _prefill, _decode])
        {
            histogram.Write(writer);
        }

        WriteCache(writer);
        return writer.ToString();
    }

    private void WriteEngine(MetricsWriter writer)
    {
        var now = _engine.Statistics;
        writer.Gauge("vllm:num_requests_running", "Number of requests in model execution batches.", now.Running);
        writer.Gauge("vllm:num_requests_waiting", "Number of requests waiting to be processed.", now.Waiting);
        writer.Head("vllm:num_requests_waiting_by_reason", "Number of waiting requests by reason: all of them wait for capacity.", "gauge");
        writer.Sample("vllm:num_requests_waiting_by_reason", "reason=\"capacity\"", now.Waiting);
        writer.Sample("vllm:num_requests_waiting_by_reason", "reason=\"deferred\"", 0);
        writer.Gauge("vllm:kv_cache_usage_perc", "KV-cache usage. 1 means 100 percent usage.", now.KvCacheUsage);
        writer.Counter("vllm:prefix_cache_queries", "Prefix cache queries, in terms of number of queried tokens.", now.PrefixCacheQueries);
        writer.Counter("vllm:prefix_cache_hits", "Prefix cache hits, in terms of number of cached tokens.", now.PrefixCacheHits);
        writer.Counter("vllm:num_preemptions", "Cumulative number of preemption from the engine.", now.Preemptions);
        var (prompt, cached) = (Interlocked.Read(ref _promptTotal), Interlocked.Read(ref _cachedTotal));
        writer.Counter("vllm:prompt_tokens", "Number of prefill tokens processed.", prompt);
        writer.Counter("vllm:prompt_tokens_by_source", "Number of prompt tokens by source.", [("source=\"local_compute\"", prompt - cached), ("source=\"local_cache_hit\"", cached), ("source=\"external_kv_transfer\"", 0)]);
        writer.Counter("vllm:prompt_tokens_cached", "Number of cached prompt tokens (local + external).", cached);
        writer.Counter("vllm:generation_tokens", "Number of generation tokens processed.", Interlocked.Read(ref _generationTotal));
        writer.Counter("vllm:request_success", "Count of successfully processed requests.", [.. Reasons.Select((reason, i) => ($"finished_reason=\"{reason}\"", (double)Interlocked.Read(ref _finished[i])))]);
        writer.Counter("vllm:admission_rejections", "Count of admission attempts rejected by a queue limit, by reason.", [("reason=\"queue_full\"", Interlocked.Read(ref _rejected))], engine: false);
    }

    private void WriteCache(MetricsWriter writer)
    {
        var info = _engine.Info;
        writer.Head("vllm:cache_config_info", "Information of the LLMEngine CacheConfig", "gauge");
        writer.Info("vllm:cache_config_info", FormattableString.Invariant($"block_size=\"{info.BlockSize}\",cache_dtype=\"float32\",enable_prefix_caching=\"{info.EnablePrefixCaching}\",engine=\"0\",kv_cache_memory_bytes=\"{info.KvCacheBytes}\",kv_cache_size_tokens=\"{(long)info.Blocks * info.BlockSize}\",num_gpu_blocks=\"{info.Blocks}\""), 1);
    }

    /// <summary>A number as Prometheus' Python client writes it: <c>3.0</c>, <c>0.25</c>.</summary>
    internal static string Number(double value) =>
        value == Math.Floor(value) && Math.Abs(value) < 1e15 ? value.ToString("0.0", CultureInfo.InvariantCulture) : value.ToString("R", CultureInfo.InvariantCulture);

    private static void WriteProcess(MetricsWriter writer)
    {
        using var process = Process.GetCurrentProcess();
        writer.Head("process_resident_memory_bytes", "Resident memory size in bytes.", "gauge");
        writer.Info("process_resident_memory_bytes", "", process.WorkingSet64);
        writer.Head("process_cpu_seconds_total", "Total user and system CPU time spent in seconds.", "counter");
        writer.Info("process_cpu_seconds_total", "", process.TotalProcessorTime.TotalSeconds);
    }
}
