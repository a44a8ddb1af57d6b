using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Octet.ServiceDefaults;

/// <summary>The two endpoints of a service. Without TLS one port cannot speak both protocols.</summary>
/// <param name="Grpc">HTTP/2 without TLS (h2c): gRPC.</param>
/// <param name="Http">HTTP/1: health and metrics.</param>
public sealed record ServiceEndpoints(Uri Grpc, Uri Http)
{
    /// <summary>Where a started service listens, after <see cref="ServiceEndpointsExtensions.UseGrpcAndHttpEndpoints"/>.</summary>
    /// <exception cref="InvalidOperationException">The service was not started, or has other endpoints.</exception>
    public static ServiceEndpoints Of(WebApplication app)
    {
        ArgumentNullException.ThrowIfNull(app);
        var addresses = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()?.Addresses.ToArray() ?? [];
        return addresses.Length == 2
            ? new ServiceEndpoints(Reachable(addresses[0]), Reachable(addresses[1]))
            : throw new InvalidOperationException($"expected a started service with the endpoints grpc and http, found {addresses.Length}");
    }

    private static Uri Reachable(string address) =>
        new(address.Replace("://[::]", "://localhost", StringComparison.Ordinal).Replace("://0.0.0.0", "://localhost", StringComparison.Ordinal));
}

/// <summary>Sets up the endpoints <c>grpc</c> and <c>http</c>.</summary>
public static class ServiceEndpointsExtensions
{
    /// <summary>
    /// Listens on Endpoints:GrpcPort and Endpoints:HttpPort (0 or missing: any free port) of Endpoints:Address (loopback unless told otherwise),
    /// and adds gRPC with its health service.
    /// </summary>
    /// <exception cref="InvalidOperationException">A setting is not a port or not an IP address.</exception>
    public static WebApplicationBuilder UseGrpcAndHttpEndpoints(this WebApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var settings = builder.Configuration.GetSection("Endpoints");
        var address = Address(settings);
        var (grpc, http) = (Port(settings, "GrpcPort"), Port(settings, "HttpPort"));
        builder.Services.AddGrpc();
        builder.Services.AddGrpcHealthChecks();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(address, grpc, listen => listen.Protocols = HttpProtocols.Http2);
            kestrel.Listen(address, http, listen => listen.Protocols = HttpProtocols.Http1);
        });
        return builder;
    }

    private static IPAddress Address(IConfiguration settings)
    {
        var text = settings["Address"];
        return string.IsNullOrEmpty(text) ? IPAddress.Loopback
            : IPAddress.TryParse(text, out var address) ? address
            : throw new InvalidOperationException($"Endpoints:Address: '{text}' is not an IP address; 0.0.0.0 listens on every one");
    }

    private static int Port(IConfiguration settings, string key)
    {
        var text = settings[key];
        return string.IsNullOrEmpty(text) ? 0
            : ushort.TryParse(text, out var port) ? port
            : throw new InvalidOperationException($"Endpoints:{key}: '{text}' is not a port from 0 to 65535");
    }
}
