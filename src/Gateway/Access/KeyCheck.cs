using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;

namespace Octet.Gateway.Access;

/// <summary>Compares the key of a request with the gateway's, in a time that says nothing about either.</summary>
internal sealed class KeyCheck
{
    private const string Scheme = "Bearer ";
    private readonly byte[]? _expected;
    private readonly string? _server;

    public KeyCheck(IOptions<GatewayOptions> options)
    {
        _expected = options.Value.ApiKey is { Length: > 0 } key ? Hash(key) : null;
        _server = options.Value.ServerApiKey is { Length: > 0 } server ? Scheme + server : null;
    }

    public bool Accepts(HttpRequest request)
    {
        if (_expected is null)
        {
            return true;
        }

        var header = request.Headers.Authorization.ToString();
        var sent = header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? header[Scheme.Length..].Trim() : "";
        return CryptographicOperations.FixedTimeEquals(Hash(sent), _expected);
    }

    /// <summary>Puts the servers' key in place of the client's. A key that was meant for the gateway goes no further.</summary>
    public void Exchange(HttpRequest request)
    {
        if (_server is not null || _expected is not null)
        {
            request.Headers.Authorization = _server;
        }
    }

    private static byte[] Hash(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));
}
