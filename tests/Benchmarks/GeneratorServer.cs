using System.Diagnostics;
using Octet.Contracts.Runs;
using Octet.LoadTester.MockServer;

namespace Octet.Benchmarks;

/// <summary>The mock server of the generator's benchmark, in a process of its own.</summary>
internal sealed class GeneratorServer(Process process, string truth, Uri url) : IAsyncDisposable
{
    public Uri Url => url;

    /// <summary>Starts it on another processor than the generator's.</summary>
    /// <param name="ttft">As <c>octet mock-server --ttft</c> has it.</param>
    /// <param name="itl">As <c>--itl</c>.</param>
    public static GeneratorServer Start(string ttft, string itl)
    {
        var truth = Path.GetTempFileName();
        var process = PinnedProcess.Start(1, ["generator-server", ttft, itl, truth], piped: true);
        var url = process.StandardOutput.ReadLine() ?? throw new InvalidOperationException("the mock server did not start");
        return new GeneratorServer(process, truth, new Uri(url));
    }

    /// <summary>What the child does: answers until its input ends.</summary>
    public static async Task ServeAsync(string ttft, string itl, string truth)
    {
        await using var log = new TruthLog(File.Create(truth));
        var options = new MockServerOptions { Ttft = Distribution.Parse(ttft, "ttft"), Itl = Distribution.Parse(itl, "itl") };
        await using var server = await MockOpenAiServer.StartAsync(options, log.Add, TimeProvider.System, CancellationToken.None);
        await Console.Out.WriteLineAsync(server.Url.ToString());
        await Console.In.ReadToEndAsync();
    }

    /// <summary>Ends it.</summary>
    /// <returns>What it did, by the hash of the prompt.</returns>
    public async Task<IReadOnlyDictionary<string, RequestTruth>> EndAsync()
    {
        process.StandardInput.Close();
        await process.WaitForExitAsync();
        using var reader = new StreamReader(truth);
        var requests = new Dictionary<string, RequestTruth>(StringComparer.Ordinal);
        await foreach (var request in TruthLog.ReadAsync(reader))
        {
            requests[request.PromptHash] = request;
        }

        return requests;
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            process.Kill();
            await process.WaitForExitAsync();
        }

        process.Dispose();
        File.Delete(truth);
    }
}
