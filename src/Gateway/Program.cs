using Octet.ServiceDefaults;

namespace Octet.Gateway;

/// <summary>The gateway as a process of its own. HTTP/1 only; it listens where ASPNETCORE_URLS says, by default on loopback.</summary>
public static class Program
{
    public static Task<int> Main(string[] args) => ServiceProcess.RunAsync(() => Build(args));

    /// <summary>The gateway, not started yet.</summary>
    /// <param name="args">Settings in the form <c>--Gateway:Base=http://127.0.0.1:8000</c>; environment variables do the same.</param>
    /// <param name="configure">Further settings, before anything reads them.</param>
    public static WebApplication Build(string[] args, Action<WebApplicationBuilder>? configure = null)
    {
        var builder = WebApplication.CreateBuilder(args);
        configure?.Invoke(builder);
        builder.AddServiceDefaults("Octet.*");
        builder.AddGateway();
        var app = builder.Build();
        app.MapDefaultEndpoints();
        app.MapGateway();
        return app;
    }
}
