using System.Security.Cryptography;
using System.Text;
using Octet.Gateway.Routing;
using Yarp.ReverseProxy.Configuration;

namespace Octet.Gateway;

/// <summary>Puts the gateway into a host. Configuration: <c>Gateway:Base</c> and <c>Gateway:Compressed</c> (addresses of the servers), <c>Gateway:ApiKey</c>.</summary>
public static class GatewayExtensions
{
    public static WebApplicationBuilder AddGateway(this WebApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddSingleton<GatewayRoutes>();
        builder.Services.AddSingleton<IProxyConfigProvider>(provider => provider.GetRequiredService<GatewayRoutes>());
        builder.Services.AddReverseProxy();
        return builder;
    }

    public static WebApplication MapGateway(this WebApplication app)
    {
        ArgumentNullException.ThrowIfNull(app);
        var routes = app.Services.GetRequiredService<GatewayRoutes>();
        foreach (var variant in (ReadOnlySpan<string>)["Base", "Compressed"])
        {
            if (app.Configuration[$"Gateway:{variant}"] is { Length: > 0 } address)
            {
                routes.Set(variant.ToLowerInvariant(), new Uri(address));
            }
        }

        if (app.Configuration["Gateway:ApiKey"] is { Length: > 0 } key)
        {
            var expected = SHA256.HashData(Encoding.UTF8.GetBytes("Bearer " + key));
            app.Use((context, next) => IsGuarded(context) && !CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(context.Request.Headers.Authorization.ToString())), expected)
                ? RefuseAsync(context)
                : next(context));
        }

        app.MapReverseProxy();
        return app;
    }

    private static bool IsGuarded(HttpContext context) =>
        context.Request.Path.StartsWithSegments("/base/v1") || context.Request.Path.StartsWithSegments("/compressed/v1");

    private static Task RefuseAsync(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status401Unauthorized;
        return context.Response.WriteAsJsonAsync(new Refusal("Unauthorized"), context.RequestAborted);
    }

    private sealed record Refusal(string Error);
}
