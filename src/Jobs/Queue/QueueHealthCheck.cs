using Microsoft.Extensions.Diagnostics.HealthChecks;
using StackExchange.Redis;

namespace Octet.Jobs.Queue;

/// <summary>Healthy while the queue answers.</summary>
internal sealed class QueueHealthCheck(IConnectionMultiplexer redis) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            await redis.GetDatabase().PingAsync();
            return HealthCheckResult.Healthy();
        }
        catch (Exception error) when (error is RedisException or TimeoutException)
        {
            return new HealthCheckResult(context.Registration.FailureStatus, $"the queue does not answer ({error.GetType().Name})");
        }
    }
}
