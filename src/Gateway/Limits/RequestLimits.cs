using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;

namespace Octet.Gateway.Limits;

/// <summary>How many requests of a variant are in flight, and how long a body may be.</summary>
internal sealed class RequestLimits(IOptions<GatewayOptions> options)
{
    private readonly ConcurrentDictionary<string, SemaphoreSlim> _places = new(StringComparer.Ordinal);

    public int MaxConcurrentRequests => options.Value.MaxConcurrentRequests;

    public long MaxRequestBodyBytes => options.Value.MaxRequestBodyBytes;

    /// <summary>A place for one request, given back when disposed; not taken when all are in use.</summary>
    public Place TryEnter(string variant)
    {
        var places = _places.GetOrAdd(variant, _ => new SemaphoreSlim(MaxConcurrentRequests));
        return places.Wait(0) ? new Place(places) : default;
    }

    /// <summary>False when the body is known to be too long; a body of unknown length is cut off when it becomes too long.</summary>
    public bool FitsBody(HttpContext context)
    {
        if (context.Request.ContentLength > MaxRequestBodyBytes)
        {
            return false;
        }

        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = MaxRequestBodyBytes;
        }

        return true;
    }

    internal readonly struct Place(SemaphoreSlim? places) : IDisposable
    {
        public bool Taken => places is not null;

        public void Dispose() => places?.Release();
    }
}
