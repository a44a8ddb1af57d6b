using System.Net;
using Grpc.Core;
using Grpc.Health.V1;
using Xunit;

namespace Octet.Services.Tests.Programs;

public sealed class EveryServiceTests(ServiceSet services) : IClassFixture<ServiceSet>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string> Names => [.. ServiceSet.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Program_Started_AnswersHealthOnBothEndpoints(string service)
    {
        var endpoints = services.Endpoints(service);
        using var http = new HttpClient();

        Assert.Equal("Healthy", await http.GetStringAsync(new Uri(endpoints.Http, "/health"), Token));
        Assert.Equal("Healthy", await http.GetStringAsync(new Uri(endpoints.Http, "/alive"), Token));
        Assert.Contains("dotnet_process_cpu_time_seconds_total", await http.GetStringAsync(new Uri(endpoints.Http, "/metrics"), Token), StringComparison.Ordinal);
        var reply = await new Health.HealthClient(services.Channel(service)).CheckAsync(new HealthCheckRequest(), cancellationToken: Token);
        Assert.Equal(HealthCheckResponse.Types.ServingStatus.Serving, reply.Status);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Program_UnknownMethod_IsUnimplemented(string service)
    {
        var method = new Method<HealthCheckRequest, HealthCheckResponse>(MethodType.Unary, "octet.none.v1.None", "Nothing",
            Marshallers.Create<HealthCheckRequest>(Google.Protobuf.MessageExtensions.ToByteArray, HealthCheckRequest.Parser.ParseFrom),
            Marshallers.Create<HealthCheckResponse>(Google.Protobuf.MessageExtensions.ToByteArray, HealthCheckResponse.Parser.ParseFrom));

        var failure = await Assert.ThrowsAsync<RpcException>(async () =>
            await services.Channel(service).CreateCallInvoker().AsyncUnaryCall(method, null, new CallOptions(cancellationToken: Token), new HealthCheckRequest()));

        Assert.Equal(StatusCode.Unimplemented, failure.StatusCode);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Program_EndpointsOfTheOtherProtocol_Refuse(string service)
    {
        using var http = new HttpClient();

        await Assert.ThrowsAsync<HttpRequestException>(() => http.GetStringAsync(new Uri(services.Endpoints(service).Grpc, "/health"), Token));
        using var h2c = new HttpRequestMessage(HttpMethod.Get, new Uri(services.Endpoints(service).Http, "/health")) { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        await Assert.ThrowsAsync<HttpRequestException>(() => http.SendAsync(h2c, Token));
    }
}
