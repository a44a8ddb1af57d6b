using System.Diagnostics;
using System.Globalization;
using Octet.Inference;

namespace Octet.Benchmarks;

/// <summary>Processor time of an engine that nobody asks for anything, after it has worked.</summary>
internal static class IdleReport
{
    private static readonly TimeSpan Watched = TimeSpan.FromSeconds(10);

    public static async Task RunAsync(string model, TextWriter output)
    {
        using var engine = LlmEngine.Load(model, new EngineOptions { KvCacheBytes = 64 << 20 });
        var stream = engine.Submit(new EngineRequest("work", [1], new SamplingParams { MaxTokens = 32, IgnoreEos = true }));
        while (await stream.Outputs.WaitToReadAsync())
        {
            stream.Outputs.TryRead(out _);
        }

        using var process = Process.GetCurrentProcess();
        var (used, wakeUps) = (process.TotalProcessorTime, engine.WakeUps);
        await Task.Delay(Watched);
        process.Refresh();
        var share = (process.TotalProcessorTime - used) / Watched;
        await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"idle for {Watched.TotalSeconds:0} s: {share:0.00%} of a core, {engine.WakeUps - wakeUps} wake-ups, parked: {engine.IsParked}"));
    }
}
