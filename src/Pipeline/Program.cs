using Octet.Pipeline.Serving;
using Octet.ServiceDefaults;

namespace Octet.Pipeline;

/// <summary>The pipeline as a process of its own. Its model servers already run: <c>serve.backend: endpoint</c>.</summary>
public static class Program
{
    public static Task<int> Main(string[] args) => ServiceProcess.RunAsync(() => Build(args));

    /// <summary>The service, not started yet.</summary>
    /// <param name="args">Settings in the form <c>--Endpoints:GrpcPort=8081</c>; environment variables do the same.</param>
    /// <param name="configure">Further settings, before anything reads them.</param>
    public static WebApplication Build(string[] args, Action<WebApplicationBuilder>? configure = null)
    {
        var builder = WebApplication.CreateBuilder(args);
        configure?.Invoke(builder);
        builder.AddServiceDefaults("Octet.*");
        builder.UseGrpcAndHttpEndpoints();
        builder.AddPipeline();
        builder.Services.AddSingleton<IModelServers>(services => services.GetRequiredService<EndpointServers>());
        var app = builder.Build();
        app.MapDefaultEndpoints();
        app.MapPipeline();
        return app;
    }
}
