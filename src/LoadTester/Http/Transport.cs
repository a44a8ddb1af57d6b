using System.Net;
using Octet.Contracts.Runs;

namespace Octet.LoadTester.Http;

/// <summary>How requests reach a server.</summary>
/// <param name="Http2">HTTP/2 and nothing else; without TLS by prior knowledge.</param>
/// <param name="KeepAlive">False opens a connection for every request and closes it after, which HTTP/2 has no way to ask for.</param>
public sealed record Transport(bool Http2 = false, bool KeepAlive = true)
{
    /// <summary>HTTP/1.1 over connections that are kept.</summary>
    public static Transport Default { get; } = new();

    /// <summary>A connection that takes longer is a failure of its request.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Version of every request.</summary>
    public Version Version => Http2 ? HttpVersion.Version20 : HttpVersion.Version11;

    /// <exception cref="OctetException">Kind Usage: the two exclude each other.</exception>
    public static Transport Of(bool http2, bool keepAlive) => http2 && !keepAlive
        ? throw new OctetException(FailureKind.Usage, "--no-keep-alive is for HTTP/1.1: an HTTP/2 connection carries all requests; leave out one of --http2 and --no-keep-alive")
        : new Transport(http2, keepAlive);

    /// <summary>A client for the server's own pages, in the same version.</summary>
    public HttpClient PageClient() => new() { Timeout = TimeSpan.FromSeconds(5), DefaultRequestVersion = Version, DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact };
}
