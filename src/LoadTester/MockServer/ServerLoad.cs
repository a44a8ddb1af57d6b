using System.Globalization;

namespace Octet.LoadTester.MockServer;

/// <summary>What runs and waits on a mock server, and its counters under vLLM's metric names.</summary>
internal sealed class ServerLoad(MockServerOptions options)
{
    private readonly SemaphoreSlim? _slots = options.MaxRunning > 0 ? new SemaphoreSlim(options.MaxRunning) : null;
    private int _active;
    private int _running;
    private long _promptTokens;
    private long _outputTokens;
    private long _completed;

    /// <summary>Requests that hold a slot.</summary>
    public int Running => Volatile.Read(ref _running);

    /// <summary>A request came.</summary>
    /// <returns>Requests on the server, this one included.</returns>
    public int Enter() => Interlocked.Increment(ref _active);

    /// <summary>Waits for a slot; given back by disposing.</summary>
    public async Task<IDisposable> WaitForSlotAsync(CancellationToken cancellationToken)
    {
        await (_slots?.WaitAsync(cancellationToken) ?? Task.CompletedTask);
        Interlocked.Increment(ref _running);
        return new Slot(this);
    }

    /// <summary>A request ended.</summary>
    public void Leave(RequestTruth truth)
    {
        Interlocked.Add(ref _promptTokens, truth.PromptTokens);
        Interlocked.Add(ref _outputTokens, truth.Sent);
        Interlocked.Add(ref _completed, truth.Outcome == AnswerOutcome.Completed ? 1 : 0);
        Interlocked.Decrement(ref _active);
    }

    /// <summary>The page of /metrics.</summary>
    public string Metrics()
    {
        var (active, running, prompt) = (Volatile.Read(ref _active), Running, Interlocked.Read(ref _promptTokens));
        var usage = options.MaxRunning > 0 ? (double)running / options.MaxRunning : 0;
        var labels = $"{{engine=\"0\",model_name=\"{options.Model.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"}}";
        return string.Create(CultureInfo.InvariantCulture, $"""
            vllm:num_requests_running{labels} {Math.Min(active, running)}
            vllm:num_requests_waiting{labels} {Math.Max(0, active - running)}
            vllm:kv_cache_usage_perc{labels} {usage}
            vllm:prompt_tokens_total{labels} {prompt}
            vllm:generation_tokens_total{labels} {Interlocked.Read(ref _outputTokens)}
            vllm:prefix_cache_queries_total{labels} {prompt}
            vllm:prefix_cache_hits_total{labels} {prompt * options.PrefixCacheHitRate}
            vllm:request_success_total{labels} {Interlocked.Read(ref _completed)}

            """);
    }

    private sealed class Slot(ServerLoad load) : IDisposable
    {
        public void Dispose()
        {
            Interlocked.Decrement(ref load._running);
            load._slots?.Release();
        }
    }
}
