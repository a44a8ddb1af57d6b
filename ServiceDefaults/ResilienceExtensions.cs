using Microsoft.Extensions.DependencyInjection;

namespace Octet.ServiceDefaults;

/// <summary>Retries and time limits, for those who ask.</summary>
public static class ResilienceExtensions
{
    /// <summary>
    /// Gives one client the standard resilience handler (30 s in all, retries, circuit breaker). For short requests with small answers only;
    /// never for streams, uploads or anything that is measured.
    /// </summary>
    public static IHttpClientBuilder AddShortRequestResilience(this IHttpClientBuilder client)
    {
        ArgumentNullException.ThrowIfNull(client);
        client.AddStandardResilienceHandler();
        return client;
    }
}
