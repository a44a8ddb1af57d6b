using System.Net.Http.Headers;

namespace Octet.Contracts.Hub;

/// <summary>Follows redirects and keeps the token as long as they stay on the hub: it sends renamed repositories and small files to other addresses of
/// its own, large files to stores of others. What is not followed comes back as it is.</summary>
internal sealed class HubRedirects : DelegatingHandler
{
    private const int Most = 5;
    private readonly HubAccess _access;

    /// <param name="access">The hub and the token for it.</param>
    /// <param name="connect">How long a connection may take.</param>
    public HubRedirects(HubAccess access, TimeSpan connect)
        : base(new SocketsHttpHandler { ConnectTimeout = connect, AllowAutoRedirect = false }) => _access = access;

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var address = request.RequestUri!;
        var trusted = true;
        for (var followed = 0; ; followed++)
        {
            trusted &= IsHub(address);
            using var step = new HttpRequestMessage(request.Method, address);
            step.Headers.Range = request.Headers.Range;
            step.Headers.Authorization = trusted && _access.Token is { } token ? new AuthenticationHeaderValue("Bearer", token) : null;
            var response = await base.SendAsync(step, cancellationToken);
            if (followed == Most || Target(response, address) is not { } target)
            {
                return response;
            }

            response.Dispose();
            address = target;
        }
    }

    private bool IsHub(Uri address) => address.Scheme == _access.Endpoint.Scheme && address.Host == _access.Endpoint.Host && address.Port == _access.Endpoint.Port;

    /// <summary>Where the answer redirects to; null where it does not, or leaves encryption or HTTP.</summary>
    private static Uri? Target(HttpResponseMessage response, Uri from) =>
        (int)response.StatusCode is 301 or 302 or 303 or 307 or 308 && response.Headers.Location is { } location && new Uri(from, location) is var target
        && (target.Scheme == Uri.UriSchemeHttps || (target.Scheme == Uri.UriSchemeHttp && from.Scheme == Uri.UriSchemeHttp))
            ? target
            : null;
}
