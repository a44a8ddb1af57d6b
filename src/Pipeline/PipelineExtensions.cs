using System.Net.Http.Headers;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Octet.Contracts.Evaluator.V1;
using Octet.Contracts.LoadTester.V1;
using Octet.Contracts.Quantizer.V1;
using Octet.Contracts.Reporter.V1;
using Octet.Contracts.Serving;
using Octet.Jobs;
using Octet.Pipeline.Backends;
using Octet.Pipeline.Cache;
using Octet.Pipeline.Preflight;
using Octet.Pipeline.Runs;
using Octet.Pipeline.Service;
using Octet.Pipeline.Serving;
using Octet.Pipeline.Stages;

namespace Octet.Pipeline;

/// <summary>
/// Puts the pipeline into a host. Addresses of the services: <c>Services:quantizer</c>, <c>Services:evaluator</c>, ... or service discovery by name.
/// <c>OCTET_API_KEY</c> is the key of servers whose configuration is read back.
/// </summary>
public static class PipelineExtensions
{
    public static WebApplicationBuilder AddPipeline(this WebApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var services = builder.Services;
        builder.AddDataRoot();
        services.AddGrpc();
        services.AddOptions<PipelineOptions>().Bind(builder.Configuration.GetSection("Pipeline"));
        AddClient<QuantizerService.QuantizerServiceClient>(builder, "quantizer");
        AddClient<EvaluatorService.EvaluatorServiceClient>(builder, "evaluator");
        AddClient<LoadTesterService.LoadTesterServiceClient>(builder, "loadtester");
        AddClient<ReporterService.ReporterServiceClient>(builder, "reporter");
        services.AddHttpClient<ServerReader>(client =>
        {
            client.Timeout = TimeSpan.FromSeconds(30);
            if (builder.Configuration["OCTET_API_KEY"] is { Length: > 0 } key)
            {
                client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
            }
        });
        services.AddHttpClient(nameof(EndpointServers), client => client.Timeout = SleepingTwins.RequestLimit);
        services.TryAddSingleton(TimeProvider.System);
        services.AddHttpClient(nameof(MachineInspection), client => client.Timeout = TimeSpan.FromSeconds(5));
        services.AddScoped<BackendChooser>();
        services.AddScoped<MachineInspection>();
        services.AddSingleton<StageCache>();
        services.AddSingleton<EndpointServers>();
        services.AddSingleton<RunRegistry>();
        services.AddScoped<RunExecutor>();
        services.AddScoped<EvaluateStage>();
        services.AddScoped<DivergenceStage>();
        services.AddScoped<LoadStage>();
        services.AddScoped<IStage, PreflightStage>();
        services.AddScoped<IStage, QuantizeStage>();
        services.AddScoped<IStage, VerifyStage>();
        services.AddScoped<IStage, ServeStage>();
        services.AddScoped<IStage>(provider => provider.GetRequiredService<EvaluateStage>());
        services.AddScoped<IStage>(provider => provider.GetRequiredService<DivergenceStage>());
        services.AddScoped<IStage>(provider => provider.GetRequiredService<LoadStage>());
        services.AddScoped<IStage, CompareStage>();
        return builder;
    }

    public static WebApplication MapPipeline(this WebApplication app)
    {
        ArgumentNullException.ThrowIfNull(app);
        app.MapGrpcService<PipelineGrpc>();
        return app;
    }

    private static void AddClient<TClient>(WebApplicationBuilder builder, string name)
        where TClient : class =>
        builder.Services.AddGrpcClient<TClient>(options => options.Address = new Uri(builder.Configuration["Services:" + name] ?? "http://" + name));
}
