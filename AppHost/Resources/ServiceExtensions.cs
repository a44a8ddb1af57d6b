using System.Globalization;
using Octet.AppHost.Deployment;
using Octet.AppHost.Settings;

namespace Octet.AppHost.Resources;

/// <summary>What the services of the picture have in common.</summary>
public static class ServiceExtensions
{
    internal const string Grpc = "grpc";
    internal const string Http = "http";
    private const int GrpcPort = 8081;
    private const int HttpPort = 8080;

    /// <summary>Endpoints <c>grpc</c> (HTTP/2 without TLS) and <c>http</c> (health, metrics).</summary>
    public static IResourceBuilder<ProjectResource> AsService(this IResourceBuilder<ProjectResource> service, DeployTarget target)
    {
        ArgumentNullException.ThrowIfNull(service);
        ArgumentNullException.ThrowIfNull(target);
        service.WithHttpEndpoint(targetPort: target.Port(GrpcPort), name: Grpc, env: "Endpoints__GrpcPort")
            .WithEndpoint(Grpc, endpoint => endpoint.Transport = "http2")
            .WithHttpEndpoint(targetPort: target.Port(HttpPort), name: Http, env: "Endpoints__HttpPort")
            .WithHttpProbe(ProbeType.Readiness, "/health", endpointName: Http);
        target.Size(service.AsCallersSample());
        return target.Port(GrpcPort) is null ? service : service.WithEnvironment("Endpoints__Address", "0.0.0.0");
    }

    /// <summary>Under the dashboard Aspire has every span recorded; requests that are measured say that they are not to be, and that is kept.</summary>
    public static IResourceBuilder<ProjectResource> AsCallersSample(this IResourceBuilder<ProjectResource> service)
    {
        ArgumentNullException.ThrowIfNull(service);
        return service.ApplicationBuilder.ExecutionContext.IsRunMode ? service.WithEnvironment("OTEL_TRACES_SAMPLER", "parentbased_always_on") : service;
    }

    /// <summary>The gateway: HTTP/1 only, and an API key where it can be reached from outside.</summary>
    public static IResourceBuilder<ProjectResource> AsGateway(this IResourceBuilder<ProjectResource> gateway, Plan plan, DeployTarget target)
    {
        ArgumentNullException.ThrowIfNull(gateway);
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(target);
        gateway.WithHttpEndpoint(targetPort: target.Port(HttpPort), name: Http).WithHttpProbe(ProbeType.Readiness, "/health", endpointName: Http);
        target.Size(gateway.AsCallersSample());
        return plan.Settings.Expose
            ? gateway.WithExternalHttpEndpoints().WithEnvironment("Gateway__ApiKey", gateway.ApplicationBuilder.GatewayKey())
            : gateway;
    }

    /// <summary>Routes <c>/base</c> and <c>/compressed</c> to the twins. Only the base server is waited for: the compressed model does not exist before a run made it.</summary>
    public static IResourceBuilder<ProjectResource> WithTwins(this IResourceBuilder<ProjectResource> gateway, Twins twins)
    {
        ArgumentNullException.ThrowIfNull(gateway);
        ArgumentNullException.ThrowIfNull(twins);
        return gateway.WithEnvironment("Gateway__Base", twins.Base.Address)
            .WithEnvironment("Gateway__Compressed", twins.Compressed.Address)
            .WithReferenceRelationship(twins.Base.Resource).WithReferenceRelationship(twins.Compressed.Resource)
            .WaitFor(twins.Base.Resource);
    }

    /// <summary>Gives a worker the key of the gateway, if it has one, and starts it after the gateway.</summary>
    public static IResourceBuilder<T> MeasuresThrough<T>(this IResourceBuilder<T> worker, IResourceBuilder<ProjectResource> gateway)
        where T : IResourceWithEnvironment, IResourceWithWaitSupport
    {
        ArgumentNullException.ThrowIfNull(worker);
        ArgumentNullException.ThrowIfNull(gateway);
        worker.WithReference(gateway).WaitFor(gateway);
        return worker.ApplicationBuilder.Resources.Any(resource => resource.Name == GatewayKeyName)
            ? worker.WithEnvironment("OCTET_API_KEY", worker.ApplicationBuilder.GatewayKey())
            : worker;
    }

    /// <summary>Address of a service's gRPC endpoint, and its start before this one.</summary>
    public static IResourceBuilder<ProjectResource> WithService(this IResourceBuilder<ProjectResource> caller, IResourceBuilder<ProjectResource> service)
    {
        ArgumentNullException.ThrowIfNull(caller);
        ArgumentNullException.ThrowIfNull(service);
        return caller.WithEnvironment("Services__" + service.Resource.Name, service.GetEndpoint(Grpc)).WithReference(service).WaitFor(service);
    }

    /// <summary>The one folder that all services and workers share: a folder of this machine, a volume when published.</summary>
    public static IResourceBuilder<T> WithDataRoot<T>(this IResourceBuilder<T> resource, Plan plan, DeployTarget target)
        where T : IResourceWithEnvironment, IComputeResource
    {
        ArgumentNullException.ThrowIfNull(resource);
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(target);
        if (plan.IsPublished)
        {
            target.Mount(resource, Volumes.Data, Volumes.DataPath);
            return resource.WithEnvironment("DataRoot", Volumes.DataPath);
        }

        string[] readable = [.. plan.Model.Folder is { } model ? [model] : Array.Empty<string>(), .. plan.Model.IsDemo ? [DemoTasks(plan)] : Array.Empty<string>()];
        resource.WithEnvironment("DataRoot", plan.DataRoot);
        return readable.Length == 0 ? resource : resource.WithEnvironment("ReadOnlyRoots", string.Join(Path.PathSeparator, readable));
    }

    /// <summary>Where the pipeline finds the demo model and its mini tasks.</summary>
    public static IResourceBuilder<ProjectResource> WithDemoModel(this IResourceBuilder<ProjectResource> pipeline, Plan plan)
    {
        ArgumentNullException.ThrowIfNull(pipeline);
        ArgumentNullException.ThrowIfNull(plan);
        return plan.Model is { IsDemo: true, Folder: { } folder }
            ? pipeline.WithEnvironment("Pipeline__DemoModelPath", folder).WithEnvironment("Pipeline__DemoTasksPath", DemoTasks(plan))
            : pipeline;
    }

    internal static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private const string GatewayKeyName = "gateway-api-key";

    private static string DemoTasks(Plan plan) => Path.GetFullPath("../tasks", plan.Model.Folder!);

    private static IResourceBuilder<ParameterResource> GatewayKey(this IDistributedApplicationBuilder builder) =>
        builder.Resources.OfType<ParameterResource>().FirstOrDefault(parameter => parameter.Name == GatewayKeyName) is { } known
            ? builder.CreateResourceBuilder(known)
            : builder.AddParameter(GatewayKeyName, new GenerateParameterDefault { MinLength = 32, Special = false }, secret: true, persist: true);
}
