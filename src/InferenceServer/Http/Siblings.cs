using Octet.InferenceServer.Metrics;

namespace Octet.InferenceServer.Http;

/// <summary>The choices of one prompt together; any thread ends one of them.</summary>
/// <param name="count">The parameter n.</param>
/// <param name="maxTokens">Most tokens that each may make.</param>
internal sealed class Siblings(int count, int maxTokens)
{
    private readonly Lock _lock = new();
    private int _ended;
    private int _most;

    public int MaxTokens => maxTokens;

    public void Ended(ServerMetrics metrics, int outputTokens)
    {
        lock (_lock)
        {
            _most = Math.Max(_most, outputTokens);
            if (++_ended < count)
            {
                return;
            }
        }

        metrics.PromptFinished(count, _most);
    }
}
