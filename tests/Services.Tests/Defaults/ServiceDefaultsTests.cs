using System.Net;
using Grpc.Health.V1;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using Octet.ServiceDefaults;
using Octet.TestSupport.Telemetry;
using OpenTelemetry.Trace;
using Xunit;

namespace Octet.Services.Tests.Defaults;

public sealed class ServiceDefaultsTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task MapDefaultEndpoints_HealthyService_AnswersOnBothEndpoints()
    {
        await using var app = await StartAsync();
        var endpoints = ServiceEndpoints.Of(app);
        using var http = new HttpClient();
        using var channel = GrpcChannel.ForAddress(endpoints.Grpc);

        Assert.Equal("Healthy", await http.GetStringAsync(new Uri(endpoints.Http, "/health"), Token));
        Assert.Equal("Healthy", await http.GetStringAsync(new Uri(endpoints.Http, "/alive"), Token));
        var reply = await new Health.HealthClient(channel).CheckAsync(new HealthCheckRequest(), cancellationToken: Token);
        Assert.Equal(HealthCheckResponse.Types.ServingStatus.Serving, reply.Status);
    }

    [Fact]
    public async Task UseGrpcAndHttpEndpoints_NothingTold_ListensOnLoopbackWithOneProtocolEach()
    {
        await using var app = await StartAsync();
        var endpoints = ServiceEndpoints.Of(app);
        using var http = new HttpClient();

        Assert.Equal(("127.0.0.1", "127.0.0.1"), (endpoints.Grpc.Host, endpoints.Http.Host));
        await Assert.ThrowsAsync<HttpRequestException>(() => http.GetStringAsync(new Uri(endpoints.Grpc, "/health"), Token));
        using var h2c = new HttpRequestMessage(HttpMethod.Get, new Uri(endpoints.Http, "/health")) { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        await Assert.ThrowsAsync<HttpRequestException>(() => http.SendAsync(h2c, Token));
    }

    [Theory]
    [InlineData("Endpoints:GrpcPort", "99999")]
    [InlineData("Endpoints:HttpPort", "-1")]
    [InlineData("Endpoints:Address", "everywhere")]
    public async Task UseGrpcAndHttpEndpoints_WrongSetting_NamesIt(string key, string value)
    {
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => StartAsync(settings: [new(key, value)]));

        Assert.StartsWith($"{key}: '{value}' is not", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task MapDefaultEndpoints_OneCheckFails_IsUnhealthyButAlive()
    {
        await using var app = await StartAsync(services => services.AddHealthChecks().AddCheck("disk", () => HealthCheckResult.Unhealthy()));
        var http = ServiceEndpoints.Of(app).Http;
        using var client = new HttpClient();

        using var health = await client.GetAsync(new Uri(http, "/health"), Token);
        using var alive = await client.GetAsync(new Uri(http, "/alive"), Token);

        Assert.Equal((HttpStatusCode.ServiceUnavailable, HttpStatusCode.OK), (health.StatusCode, alive.StatusCode));
    }

    [Fact]
    public async Task AddServiceDefaults_NoOtlpEndpoint_HasNoTelemetry()
    {
        await using var app = await StartAsync();

        Assert.Null(app.Services.GetService<TracerProvider>());
    }

    [Fact]
    public async Task MapDefaultEndpoints_Metrics_ArePrometheusText()
    {
        await using var app = await StartAsync();
        using var http = new HttpClient();
        await http.GetStringAsync(new Uri(ServiceEndpoints.Of(app).Http, "/work"), Token);

        var text = await http.GetStringAsync(new Uri(ServiceEndpoints.Of(app).Http, "/metrics"), Token);

        Assert.Contains("# TYPE http_server_request_duration_seconds histogram", text, StringComparison.Ordinal);
        Assert.Contains("dotnet_process_cpu_time_seconds_total", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AddServiceDefaults_SdkDisabled_HasNoTelemetry()
    {
        await using var app = await StartAsync(settings: [new("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9"), new("OTEL_SDK_DISABLED", "true")]);

        Assert.Null(app.Services.GetService<TracerProvider>());
    }

    [Fact]
    public async Task AddServiceDefaults_OtlpEndpoint_SendsTracesMetricsAndLogs()
    {
        await using var collector = await OtlpReceiver.StartAsync(Token);
        await using (var app = await StartAsync(settings: [.. collector.Settings, new("OTEL_SERVICE_NAME", "sample")]))
        {
            using var client = new HttpClient();
            await client.GetStringAsync(new Uri(ServiceEndpoints.Of(app).Http, "/work"), Token);
            await client.GetStringAsync(new Uri(ServiceEndpoints.Of(app).Http, "/health"), Token);
            await app.StopAsync(Token);
        }

        var server = Assert.Single(collector.Spans, span => span is { Name: "GET /work", Service: "sample" });
        var caller = Assert.Single(collector.Spans, span => span.SpanId == server.ParentId);
        Assert.Equal(caller.TraceId, server.TraceId);
        Assert.DoesNotContain(collector.Spans, span => span.Name.Contains("/health", StringComparison.Ordinal));
        Assert.True(collector.Metrics > 0 && collector.Logs > 0, $"{collector.Metrics} metric and {collector.Logs} log requests");
    }

    private static async Task<WebApplication> StartAsync(Action<IServiceCollection>? configure = null, IEnumerable<KeyValuePair<string, string?>>? settings = null)
    {
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.Configuration.AddInMemoryCollection(settings ?? []);
        builder.AddServiceDefaults("Octet.*");
        builder.UseGrpcAndHttpEndpoints();
        configure?.Invoke(builder.Services);
        var app = builder.Build();
        app.MapDefaultEndpoints();
        app.MapGet("/work", () => "done");
        await app.StartAsync(Token);
        app.Logger.LogInformation("started");
        return app;
    }
}
