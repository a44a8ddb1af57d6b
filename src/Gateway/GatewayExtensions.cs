using Microsoft.Extensions.Options;
using Octet.Gateway.Access;
using Octet.Gateway.Errors;
using Octet.Gateway.Limits;
using Octet.Gateway.Metrics;
using Octet.Gateway.Routing;
using Yarp.ReverseProxy.Configuration;

namespace Octet.Gateway;

/// <summary>Puts the gateway into a host; <see cref="GatewayOptions"/> are its settings.</summary>
public static class GatewayExtensions
{
    public static WebApplicationBuilder AddGateway(this WebApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var services = builder.Services;
        services.AddSingleton<IValidateOptions<GatewayOptions>, GatewayOptionsValidator>();
        services.AddOptions<GatewayOptions>().Bind(builder.Configuration.GetSection("Gateway")).ValidateOnStart();
        services.AddSingleton(provider => new GatewayRoutes(provider.GetRequiredService<IOptions<GatewayOptions>>().Value));
        services.AddSingleton<IProxyConfigProvider>(provider => provider.GetRequiredService<GatewayRoutes>());
        services.AddMetrics();
        services.AddSingleton<GatewayMetrics>();
        services.AddSingleton<KeyCheck>();
        services.AddSingleton<RequestLimits>();
        services.AddSingleton<ProxyStep>();
        services.AddReverseProxy();
        return builder;
    }

    /// <summary>The listed paths of both variants go to their servers; every other path of theirs gets an error of the gateway.</summary>
    public static WebApplication MapGateway(this WebApplication app)
    {
        ArgumentNullException.ThrowIfNull(app);
        var step = app.Services.GetRequiredService<ProxyStep>();
        app.MapReverseProxy(proxy => proxy.Use(step.InvokeAsync));
        foreach (var variant in GatewayRoutes.Variants)
        {
            app.Map($"/{variant}/{{**rest}}", (HttpContext context) => UnknownPath.AnswerAsync(context, variant));
        }

        return app;
    }
}
