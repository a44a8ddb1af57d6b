using System.Text.RegularExpressions;
using Xunit;

namespace Octet.Gateway.Tests;

/// <summary>Meters are process-wide: no other gateway may count while these look.</summary>
[CollectionDefinition(nameof(MetricsTests), DisableParallelization = true)]
[Collection(nameof(MetricsTests))]
public sealed class MetricsTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Metrics_AfterRequests_CountsThemByVariant()
    {
        var arrived = new TaskCompletionSource();
        var release = new TaskCompletionSource();
        await using var fast = await Upstream.StartAsync(null, Token);
        await using var slow = await Upstream.StartAsync(async context =>
        {
            arrived.TrySetResult();
            await release.Task.WaitAsync(context.RequestAborted);
        }, Token);
        await using var gateway = await GatewayProcess.StartAsync(fast.Url, ("Compressed", slow.Url.ToString()));

        for (var i = 0; i < 3; i++)
        {
            using var response = await gateway.Client.PostAsync("/base/v1/completions", new StringContent("{}"), Token);
        }

        var waiting = gateway.Client.GetAsync("/compressed/v1/models", Token);
        await arrived.Task.WaitAsync(Token);
        var during = await MetricsAsync(gateway, text => Value(text, "octet_gateway_active_requests", "variant=\"base\"") == 0);
        release.SetResult();
        using var last = await waiting;

        Assert.Equal(3, Value(during, "octet_gateway_requests_total", "variant=\"base\"", "path=\"/v1/completions\"", "status=\"200\""));
        Assert.Equal(3, Value(during, "octet_gateway_request_duration_seconds_count", "variant=\"base\""));
        Assert.Equal(1, Value(during, "octet_gateway_active_requests", "variant=\"compressed\""));
        Assert.DoesNotContain("octet_gateway_requests_total{variant=\"compressed\"", during, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Metrics_RefusedRequest_IsCountedWithItsStatus()
    {
        await using var server = await Upstream.StartAsync(null, Token);
        await using var gateway = await GatewayProcess.StartAsync(server.Url, ("ApiKey", "k"));

        using var response = await gateway.Client.GetAsync("/base/v1/models", Token);
        var text = await MetricsAsync(gateway, text => text.Contains("octet_gateway_requests_total{", StringComparison.Ordinal));

        Assert.Equal(1, Value(text, "octet_gateway_requests_total", "variant=\"base\"", "status=\"401\""));
    }

    /// <summary>The metrics once they show what is waited for: a request is counted a moment after its client has read the end.</summary>
    private static async Task<string> MetricsAsync(GatewayProcess gateway, Func<string, bool> until)
    {
        while (true)
        {
            var text = await gateway.Client.GetStringAsync("/metrics", Token);
            if (until(text))
            {
                return text;
            }
        }
    }

    /// <summary>The value of the one series that has the name and every label.</summary>
    private static double Value(string text, string name, params string[] labels)
    {
        var line = Assert.Single(text.Split('\n'), line => line.StartsWith(name + "{", StringComparison.Ordinal) && labels.All(label => line.Contains(label, StringComparison.Ordinal)));
        return double.Parse(Regex.Match(line, @"\} (\S+)").Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture);
    }
}
