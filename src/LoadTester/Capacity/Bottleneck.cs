using Octet.LoadTester.Experiment;

namespace Octet.LoadTester.Capacity;

/// <summary>What held a run back, from the server's own metrics and the generator's.</summary>
public static class Bottleneck
{
    private const string Preemptions = "vllm:num_preemptions_total";
    private const double FullCache = 0.95;

    /// <summary><c>generator</c> where it was late, <c>errors</c> where more than 1 % of the requests failed, <c>kv-cache</c> where it was full to 95 % or requests were preempted,
    /// <c>queue</c> where requests waited for a place, <c>compute</c> otherwise, <c>unknown</c> where the server tells nothing.</summary>
    /// <param name="late">The generator was late.</param>
    /// <param name="completed">Requests that succeeded.</param>
    /// <param name="failed">Requests that failed.</param>
    /// <param name="highest">Highest gauges during the run.</param>
    /// <param name="before">Metrics before it.</param>
    /// <param name="after">Metrics after it.</param>
    public static string Of(bool late, int completed, int failed, ServerMetrics highest, IReadOnlyDictionary<string, double> before, IReadOnlyDictionary<string, double> after)
    {
        ArgumentNullException.ThrowIfNull(before);
        ArgumentNullException.ThrowIfNull(after);
        return late ? "generator"
            : failed > 0.01 * (completed + failed) ? "errors"
            : highest.KvCacheUsage >= FullCache || after.GetValueOrDefault(Preemptions) > before.GetValueOrDefault(Preemptions) ? "kv-cache"
            : highest.Waiting > 0 ? "queue"
            : highest.Waiting is null ? "unknown"
            : "compute";
    }
}
