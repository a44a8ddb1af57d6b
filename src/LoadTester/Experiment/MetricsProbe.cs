using System.Globalization;
using Octet.Contracts.Runs;

namespace Octet.LoadTester.Experiment;

/// <summary>Counters and gauges of a server at one moment; null where the server has no such metric.</summary>
public readonly record struct ServerMetrics(double? PrefixQueries, double? PrefixHits, double? KvCacheUsage, double? Waiting, double? Running);

/// <summary>Reads a vLLM-compatible <c>/metrics</c> page.</summary>
public sealed class MetricsProbe(HttpClient http, Uri serverUrl)
{
    private static readonly TimeSpan IdleLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan IdleInterval = TimeSpan.FromMilliseconds(10);

    /// <summary>The metrics now; all null when the page cannot be read, or not within the client's time.</summary>
    public async Task<ServerMetrics> ReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            return Parse(await http.GetStringAsync(new Uri(serverUrl, "metrics"), cancellationToken));
        }
        catch (Exception unreadable) when (IsUnreadable(unreadable, cancellationToken))
        {
            return default;
        }
    }

    /// <summary>Every metric now, summed over its label sets, but for the buckets of histograms; empty when the page cannot be read.</summary>
    public async Task<IReadOnlyDictionary<string, double>> ReadAllAsync(CancellationToken cancellationToken)
    {
        try
        {
            return ParseAll(await http.GetStringAsync(new Uri(serverUrl, "metrics"), cancellationToken));
        }
        catch (Exception unreadable) when (IsUnreadable(unreadable, cancellationToken))
        {
            return new Dictionary<string, double>();
        }
    }

    /// <summary>Waits until no request runs or waits, so that what was cut burdens no other run; returns the metrics then. A server without these
    /// gauges is taken as idle.</summary>
    /// <exception cref="OctetException">It still works on requests after ten seconds.</exception>
    public async Task<ServerMetrics> WaitUntilIdleAsync(TimeProvider time, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(time);
        var started = time.GetTimestamp();
        for (var metrics = await ReadAsync(cancellationToken); ; metrics = await ReadAsync(cancellationToken))
        {
            var busy = (metrics.Running ?? 0) + (metrics.Waiting ?? 0);
            if (busy == 0)
            {
                return metrics;
            }

            if (time.GetElapsedTime(started) > IdleLimit)
            {
                throw new OctetException(FailureKind.Measurement, string.Create(CultureInfo.InvariantCulture, $"the server at {serverUrl} still works on {busy} requests {IdleLimit.TotalSeconds:0} s after they were cut: it does not notice that a client left, or something else uses it"));
            }

            await Task.Delay(IdleInterval, time, cancellationToken);
        }
    }

    /// <summary>Samples the gauges every quarter of a second until cancelled, and keeps the highest values.</summary>
    public async Task<ServerMetrics> WatchAsync(CancellationToken stop)
    {
        var highest = default(ServerMetrics);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(250));
        try
        {
            while (await timer.WaitForNextTickAsync(stop))
            {
                var now = await ReadAsync(stop);
                highest = highest with { KvCacheUsage = Max(highest.KvCacheUsage, now.KvCacheUsage), Waiting = Max(highest.Waiting, now.Waiting) };
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
        }

        return highest;
    }

    /// <summary>Sums each metric over its label sets.</summary>
    public static ServerMetrics Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var metrics = default(ServerMetrics);
        foreach (var line in text.AsSpan().EnumerateLines())
        {
            var name = line[..Math.Max(0, line.IndexOfAny('{', ' '))];
            if (name.IsEmpty || name[0] == '#' || !double.TryParse(line[(line.LastIndexOf(' ') + 1)..], NumberStyles.Float, CultureInfo.InvariantCulture, out var value))
            {
                continue;
            }

            metrics = name switch
            {
                "vllm:prefix_cache_queries_total" => metrics with { PrefixQueries = (metrics.PrefixQueries ?? 0) + value },
                "vllm:prefix_cache_hits_total" => metrics with { PrefixHits = (metrics.PrefixHits ?? 0) + value },
                "vllm:kv_cache_usage_perc" => metrics with { KvCacheUsage = (metrics.KvCacheUsage ?? 0) + value },
                "vllm:num_requests_waiting" => metrics with { Waiting = (metrics.Waiting ?? 0) + value },
                "vllm:num_requests_running" => metrics with { Running = (metrics.Running ?? 0) + value },
                _ => metrics,
            };
        }

        return metrics;
    }

    /// <summary>Sums each metric over its label sets, buckets of histograms left out.</summary>
    public static IReadOnlyDictionary<string, double> ParseAll(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var sums = new SortedDictionary<string, double>(StringComparer.Ordinal);
        foreach (var line in text.AsSpan().EnumerateLines())
        {
            var name = line[..Math.Max(0, line.IndexOfAny('{', ' '))];
            if (!name.IsEmpty && name[0] != '#' && !name.EndsWith("_bucket") && double.TryParse(line[(line.LastIndexOf(' ') + 1)..], NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value))
            {
                sums[name.ToString()] = sums.GetValueOrDefault(name.ToString()) + value;
            }
        }

        return sums;
    }

    /// <summary>Hits / queries between two readings; null where there were no queries or no counters.</summary>
    public static double? HitRate(ServerMetrics before, ServerMetrics after)
    {
        var queries = after.PrefixQueries - before.PrefixQueries;
        return queries > 0 ? (after.PrefixHits - before.PrefixHits) / queries : null;
    }

    /// <summary>A client whose own time is over cancels, as its caller would.</summary>
    private static bool IsUnreadable(Exception exception, CancellationToken caller) =>
        exception is HttpRequestException || (exception is OperationCanceledException && !caller.IsCancellationRequested);

    private static double? Max(double? a, double? b) => a is null ? b : b is null ? a : Math.Max(a.Value, b.Value);
}
