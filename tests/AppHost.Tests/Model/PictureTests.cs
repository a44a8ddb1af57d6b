using Aspire.Hosting.ApplicationModel;
using Octet.AppHost.Tests.Support;

namespace Octet.AppHost.Tests.Model;

/// <summary>Every node of the picture, its references and its waits.</summary>
public sealed class PictureTests
{
    private static readonly string[] Queue = ["redis"];

    [Fact]
    public async Task AddTwins_VllmOnGpus_HasEveryNode()
    {
        var application = await Composition.VllmAsync();

        Assert.Equal(
            ["base", "compressed", "evaluate-worker", "evaluator", "gateway", "loadtest-worker", "loadtester", "pipeline", "quantize-worker", "quantizer", "redis", "reporter"],
            application.Resources.Where(resource => resource is ProjectResource or ContainerResource or Aspire.Hosting.Python.PythonAppResource).Select(resource => resource.Name).Order());
    }

    [Theory]
    [InlineData("quantizer")]
    [InlineData("quantize-worker")]
    public async Task WaitFor_Quantizers_WaitForTheQueue(string name)
    {
        var application = await Composition.VllmAsync();

        Assert.Contains("redis", application.WaitsOf(name));
        Assert.Equal(Queue, application.ReferencesOf(name));
    }

    [Theory]
    [InlineData("evaluator")]
    [InlineData("loadtester")]
    [InlineData("evaluate-worker")]
    [InlineData("loadtest-worker")]
    public async Task MeasuresThrough_Measurers_WaitForQueueAndGateway(string name)
    {
        var application = await Composition.VllmAsync();

        Assert.Equal(["gateway", "redis"], application.WaitsOf(name).Intersect(["gateway", "redis"]));
        Assert.Equal(["gateway", "redis"], application.ReferencesOf(name));
    }

    [Theory]
    [InlineData("evaluator")]
    [InlineData("gateway")]
    [InlineData("base")]
    public async Task AsCallersSample_UnderTheDashboard_KeepsMeasuredRequestsUntraced(string name)
    {
        var application = await Composition.OfAsync("Engine=offline", "PythonWorkers=off");

        Assert.Equal("parentbased_always_on", (await application.EnvironmentAsync(name))["OTEL_TRACES_SAMPLER"]);
    }

    [Fact]
    public async Task WithService_Pipeline_WaitsForEveryServiceAndKnowsItsAddress()
    {
        var application = await Composition.VllmAsync();
        string[] services = ["evaluator", "gateway", "loadtester", "quantizer", "reporter"];

        Assert.Equal(services, application.WaitsOf("pipeline"));
        Assert.Equal(services, application.ReferencesOf("pipeline"));
        var environment = await application.EnvironmentAsync("pipeline");
        Assert.Equal("{quantizer.bindings.grpc.url}", environment["Services__quantizer"]);
        Assert.Equal("{evaluator.bindings.grpc.url}", environment["Services__evaluator"]);
        Assert.Equal("{loadtester.bindings.grpc.url}", environment["Services__loadtester"]);
        Assert.Equal("{reporter.bindings.grpc.url}", environment["Services__reporter"]);
    }

    [Theory]
    [InlineData("quantizer")]
    [InlineData("evaluator")]
    [InlineData("loadtester")]
    [InlineData("reporter")]
    [InlineData("pipeline")]
    public async Task AsService_EveryService_HasGrpcOverHttp2FirstAndHttp(string name)
    {
        var application = await Composition.VllmAsync();

        var endpoints = application.Get(name).Annotations.OfType<EndpointAnnotation>().ToArray();

        Assert.Equal([("grpc", "http", "http2"), ("http", "http", "http")], endpoints.Select(endpoint => (endpoint.Name, endpoint.UriScheme, endpoint.Transport)));
        Assert.NotEmpty(application.Get(name).Annotations.OfType<HealthCheckAnnotation>());
    }

    [Fact]
    public async Task WithTwins_Gateway_RoutesToBothAndWaitsForBaseOnly()
    {
        var application = await Composition.VllmAsync();

        var environment = await application.EnvironmentAsync("gateway");

        Assert.Equal("{base.bindings.http.url}", environment["Gateway__Base"]);
        Assert.Equal("{compressed.bindings.http.url}", environment["Gateway__Compressed"]);
        Assert.Equal(["base"], application.WaitsOf("gateway"));
        Assert.DoesNotContain("Gateway__ApiKey", environment.Keys);
    }

    [Fact]
    public async Task AsGateway_Exposed_AsksForTheKeyThatMeasurersHave()
    {
        var application = await Composition.VllmAsync("Expose=true");

        Assert.Equal("{gateway-api-key.value}", (await application.EnvironmentAsync("gateway"))["Gateway__ApiKey"]);
        foreach (var worker in (string[])["evaluator", "loadtester", "pipeline", "evaluate-worker", "loadtest-worker"])
        {
            Assert.Equal("{gateway-api-key.value}", (await application.EnvironmentAsync(worker))["OCTET_API_KEY"]);
        }
    }

    [Fact]
    public async Task WithDataRoot_EveryServiceAndWorker_HasTheSameFolder()
    {
        var application = await Composition.VllmAsync("DataRoot=/srv/octet");

        foreach (var name in (string[])["quantizer", "evaluator", "loadtester", "reporter", "pipeline", "quantize-worker", "evaluate-worker", "loadtest-worker"])
        {
            Assert.Equal("/srv/octet", (await application.EnvironmentAsync(name))["DataRoot"]);
        }

        Assert.Contains(("/srv/octet", "/data", true), application.MountsOf("compressed"));
    }

    [Fact]
    public async Task WithReplicas_WorkerReplicas_DoublesWorkersButNotTheLoadGenerator()
    {
        var application = await Composition.VllmAsync("WorkerReplicas=3");

        Assert.Equal(3, application.Get("quantizer").GetReplicaCount());
        Assert.Equal(3, application.Get("evaluator").GetReplicaCount());
        Assert.Equal(1, application.Get("loadtester").GetReplicaCount());
    }

    [Fact]
    public async Task WithRunCommands_Pipeline_HasThreeCommands()
    {
        var application = await Composition.VllmAsync();

        var commands = application.Get("pipeline").Annotations.OfType<ResourceCommandAnnotation>().ToDictionary(command => command.Name, command => command.DisplayName);

        Assert.Equal("Run", commands["run"]);
        Assert.Equal("Run with spec...", commands["run-with-spec"]);
        Assert.Equal("Open report", commands["open-report"]);
    }

    [Fact]
    public async Task AddPythonWorker_SwitchedOff_HasNone()
    {
        var application = await Composition.VllmAsync("PythonWorkers=off");

        Assert.DoesNotContain(application.Resources, resource => resource is Aspire.Hosting.Python.PythonAppResource);
    }
}
