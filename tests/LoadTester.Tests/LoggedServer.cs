using System.Collections.Concurrent;
using Octet.Contracts.Jobs;
using Octet.Contracts.Runs;
using Octet.LoadTester.MockServer;

namespace Octet.LoadTester.Tests;

/// <summary>A mock server on a free port, and what it did.</summary>
internal sealed class LoggedServer(MockOpenAiServer server, ConcurrentQueue<RequestTruth> truth, SemaphoreSlim ended) : IAsyncDisposable
{
    /// <summary>5 ms to the first token, then one each millisecond.</summary>
    public static MockServerOptions Quick { get; } = new() { Ttft = Distribution.Fixed(5), Itl = Distribution.Fixed(1) };

    /// <summary>Requests that have ended.</summary>
    public IReadOnlyCollection<RequestTruth> Truth => truth;

    public Uri Url => server.Url;

    public string Endpoint => server.Endpoint;

    /// <summary>A job on this server alone.</summary>
    public LoadTestJob Job(int promptTokens, int outputTokens, long seed) => new()
    {
        RunId = "test",
        Targets = [new LoadJobTarget(Variants.Base, Endpoint, Url.ToString(), "mock")],
        TokenizerPath = "unused",
        PromptTokens = promptTokens,
        OutputTokens = outputTokens,
        Concurrency = [1, 4],
        Seconds = 0.4,
        Replicates = 1,
        Seed = seed,
        OutputPath = "unused",
    };

    public static async Task<LoggedServer> StartAsync(MockServerOptions options, CancellationToken cancellation)
    {
        var (truth, ended) = (new ConcurrentQueue<RequestTruth>(), new SemaphoreSlim(0));
        return new LoggedServer(await MockOpenAiServer.StartAsync(options, Keep, TimeProvider.System, cancellation), truth, ended);

        void Keep(RequestTruth request)
        {
            truth.Enqueue(request);
            ended.Release();
        }
    }

    /// <summary>Waits until one more request has ended, and gives all of them.</summary>
    public async Task<IReadOnlyList<RequestTruth>> AfterAsync(int requests, CancellationToken cancellation)
    {
        for (var i = 0; i < requests; i++)
        {
            await ended.WaitAsync(cancellation);
        }

        return [.. truth.OrderBy(request => request.Number)];
    }

    /// <summary>What the truth calls a prompt of these ids.</summary>
    public static string HashOf(IEnumerable<int> ids)
    {
        var hash = 0xCBF29CE484222325UL;
        foreach (var octet in System.Text.Encoding.UTF8.GetBytes($"[{string.Join(',', ids)}]"))
        {
            hash = unchecked((hash ^ octet) * 0x100000001B3UL);
        }

        return hash.ToString("x16", System.Globalization.CultureInfo.InvariantCulture);
    }

    public ValueTask DisposeAsync() => server.DisposeAsync();
}

/// <summary>Figures of a truth.</summary>
internal static class RequestTruthFigures
{
    /// <summary>From the request to just before its first token was written.</summary>
    public static double TtftMs(this RequestTruth truth) => (truth.FirstToken - truth.Received) / 1e6;
}
