using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Octet.Contracts.Runs;
using Octet.Pipeline.Serving;
using Xunit;

namespace Octet.Pipeline.Tests.Serving;

public sealed class ReadyWaitTests
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(1);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(HttpStatusCode.BadGateway)]
    [InlineData(HttpStatusCode.ServiceUnavailable)]
    [InlineData(HttpStatusCode.GatewayTimeout)]
    public async Task ForAsync_GatewayAnswersForAServerThatStarts_Waits(HttpStatusCode meanwhile)
    {
        var asked = 0;
        await using var server = await StartAsync(() => asked++ == 0 ? (int)meanwhile : 200);
        var told = new List<string>();

        await Wait(Long, TimeSpan.Zero).ForAsync("compressed", Address(server), told.Add, Stop);

        Assert.Equal(2, asked);
        Assert.Equal([$"waiting for the compressed server (it answers {(int)meanwhile})"], told);
    }

    [Fact]
    public async Task ForAsync_ServerWithoutHealth_IsReady()
    {
        await using var server = await StartAsync(() => 404);

        await Wait(TimeSpan.Zero, TimeSpan.Zero).ForAsync("base", Address(server), _ => Assert.Fail("nothing to wait for"), Stop);
    }

    [Fact]
    public async Task ForAsync_NobodyListens_NamesAddressAndSetting()
    {
        var failure = await Assert.ThrowsAsync<OctetException>(() => Wait(Long, TimeSpan.Zero).ForAsync("base", new Uri("http://127.0.0.1:1/"), _ => { }, Stop));

        Assert.Equal(FailureKind.Server, failure.Kind);
        Assert.Contains("http://127.0.0.1:1/", failure.Message, StringComparison.Ordinal);
        Assert.Contains("serve.base-endpoint", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ForAsync_NeverReady_SaysWhatItAnswered()
    {
        await using var server = await StartAsync(() => 503);

        var failure = await Assert.ThrowsAsync<OctetException>(() => Wait(TimeSpan.Zero, Long).ForAsync("compressed", Address(server), _ => { }, Stop));

        Assert.Contains("it answers 503; see its log", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ForAsync_ConnectionLostAfterMinutesOfAnswers_WaitsOn()
    {
        var (told, clock) = (new List<string>(), new Clock());
        await using var server = await StartAsync(() =>
        {
            clock.Ahead = TimeSpan.FromMinutes(5);
            return told.Count switch { 0 => 503, 1 => 0, _ => 200 };
        });

        await new ReadyWait(new HttpClient(), clock, TimeSpan.FromHours(1), Long).ForAsync("base", Address(server), told.Add, Stop);

        Assert.Equal(2, told.Count);
        Assert.Contains("it answers 503", told[0], StringComparison.Ordinal);
        Assert.DoesNotContain("it answers", told[1], StringComparison.Ordinal);
    }

    private static ReadyWait Wait(TimeSpan coming, TimeSpan absent) => new(new HttpClient(), TimeProvider.System, coming, absent);

    private static Uri Address(WebApplication server) => new(server.Urls.First() + "/");

    private static async Task<WebApplication> StartAsync(Func<int> status)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        app.MapGet("/health", (HttpContext context) =>
        {
            var answer = status();
            if (answer == 0)
            {
                context.Abort();
            }
            else
            {
                context.Response.StatusCode = answer;
            }
        });
        await app.StartAsync(Stop);
        return app;
    }

    private sealed class Clock : TimeProvider
    {
        public TimeSpan Ahead { get; set; }

        public override long GetTimestamp() => base.GetTimestamp() + (long)(Ahead.TotalSeconds * TimestampFrequency);
    }
}
