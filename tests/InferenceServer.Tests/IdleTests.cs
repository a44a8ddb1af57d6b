using Xunit;

namespace Octet.InferenceServer.Tests;

public sealed class IdleTests
{
    [Fact]
    public async Task Engine_WithNothingToDo_StaysParked()
    {
        await using var server = await StoriesServer.StartAsync(StoriesServer.Options);
        await server.PostOkAsync("/v1/completions", """{"prompt":"Once","max_tokens":8,"temperature":0}""");
        var engine = server.Server.Model.Engine;
        while (!engine.IsParked)
        {
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
            await Task.Yield();
        }

        var before = engine.WakeUps;
        foreach (var path in Enumerable.Repeat<string[]>(["/health", "/metrics", "/v1/models", "/load"], 25).SelectMany(paths => paths))
        {
            using var response = await server.Client.GetAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken);
            Assert.True(response.IsSuccessStatusCode);
        }

        Assert.True(engine.IsParked);
        Assert.Equal(before, engine.WakeUps);
    }
}
