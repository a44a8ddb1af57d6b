using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Octet.Inference;

namespace Octet.Benchmarks;

/// <summary>A whole engine on model folders that take turns: prompts, prompts with a logprob per token, and 1, 4 and 16 streams that generate.
/// The fastest of the rounds counts, and a digest of every id and logprob tells whether two builds compute the same bits.</summary>
internal static class EngineReport
{
    private const int Rounds = 5;
    private const int Prompts = 16;
    private const int PromptTokens = 128;
    private const int NewTokens = 64;

    /// <summary>One kind of work.</summary>
    /// <param name="Name">Column of the table.</param>
    /// <param name="Sequences">Requests submitted together.</param>
    /// <param name="Prompt">Tokens of each prompt.</param>
    /// <param name="Generated">Tokens each one generates.</param>
    /// <param name="Logprobs">A logprob for each token of the prompt.</param>
    private sealed record Work(string Name, int Sequences, int Prompt, int Generated, bool Logprobs)
    {
        public int Tokens => Sequences * (Generated > 1 ? Generated : Prompt);
    }

    private static readonly Work[] All =
    [
        new("prefill", Prompts, PromptTokens, 1, Logprobs: false),
        new("prompt logprobs", Prompts, PromptTokens, 1, Logprobs: true),
        new("1 stream", 1, 1, NewTokens, Logprobs: false),
        new("4 streams", 4, 1, NewTokens, Logprobs: false),
        new("16 streams", 16, 1, NewTokens, Logprobs: false),
    ];

    /// <param name="models">Folders.</param>
    /// <param name="threads">Null for every processor. With one thread, processor time is measured instead of elapsed time: other programs on
    /// the machine then matter little.</param>
    /// <param name="output">Receives the table.</param>
    public static async Task RunAsync(IReadOnlyList<string> models, int? threads, TextWriter output)
    {
        var engines = models.Select(model => LlmEngine.Load(model, new EngineOptions { KvCacheBytes = 64 << 20, EnablePrefixCaching = false, Threads = threads })).ToList();
        try
        {
            var fastest = models.Select(_ => All.Select(_ => double.PositiveInfinity).ToArray()).ToArray();
            var digests = models.Select(_ => IncrementalHash.CreateHash(HashAlgorithmName.SHA256)).ToArray();
            for (var round = 0; round < Rounds; round++)
            {
                for (var work = 0; work < All.Length; work++)
                {
                    for (var model = 0; model < models.Count; model++)
                    {
                        fastest[model][work] = Math.Min(fastest[model][work], await MeasureAsync(engines[model], All[work], round == 0 ? digests[model] : null));
                    }
                }
            }

            await WriteAsync(output, models, engines[0].Info, fastest, digests);
        }
        finally
        {
            engines.ForEach(engine => engine.Dispose());
        }
    }

    private static async Task<double> MeasureAsync(LlmEngine engine, Work work, IncrementalHash? digest)
    {
        var random = new Random(1);
        var sampling = new SamplingParams { Temperature = 0, MaxTokens = work.Generated, IgnoreEos = true, PromptLogprobs = work.Logprobs ? 0 : null, Logprobs = 0 };
        var requests = Enumerable.Range(0, work.Sequences)
            .Select(i => new EngineRequest($"{i}", [.. Enumerable.Range(0, work.Prompt).Select(_ => random.Next(engine.Model.VocabSize))], sampling)).ToList();
        var alone = engine.Info.Threads == 1;
        var started = alone ? Environment.CpuUsage.TotalTime : Stopwatch.GetElapsedTime(0);
        var streams = requests.ConvertAll(engine.Submit);
        var outputs = new List<EngineOutput>();
        foreach (var stream in streams)
        {
            await foreach (var step in stream.Outputs.ReadAllAsync())
            {
                outputs.Add(step);
            }
        }

        var seconds = ((alone ? Environment.CpuUsage.TotalTime : Stopwatch.GetElapsedTime(0)) - started).TotalSeconds;
        foreach (var step in outputs)
        {
            digest?.AppendData(MemoryMarshal.AsBytes<int>(step.TokenIds.ToArray()));
            float[] logprobs = [.. (step.PromptLogprobs ?? []).Concat(step.Logprobs ?? []).Select(position => position?.Token.Logprob ?? 0)];
            digest?.AppendData(MemoryMarshal.AsBytes<float>(logprobs));
        }

        return seconds;
    }

    private static async Task WriteAsync(TextWriter output, IReadOnlyList<string> models, EngineInfo info, double[][] fastest, IncrementalHash[] digests)
    {
        var name = BenchmarkDotNet.Environments.HostEnvironmentInfo.GetCurrent().Cpu.Value?.ProcessorName;
        await output.WriteLineAsync($"{name}, {info.Threads} threads, {RuntimeInformation.FrameworkDescription}, kernels {info.KernelSet}; tokens per {(info.Threads == 1 ? "processor second" : "second")}, fastest of {Rounds} rounds");
        await output.WriteLineAsync($"| model | {string.Join(" | ", All.Select(work => work.Name))} | digest |");
        await output.WriteLineAsync($"|---|{string.Concat(All.Select(_ => "---|"))}---|");
        for (var model = 0; model < models.Count; model++)
        {
            var cells = All.Select((work, i) => (work.Tokens / fastest[model][i]).ToString("0", CultureInfo.InvariantCulture));
            await output.WriteLineAsync($"| {Path.GetFileName(Path.TrimEndingDirectorySeparator(models[model]))} | {string.Join(" | ", cells)} | {Convert.ToHexString(digests[model].GetCurrentHash())[..16]} |");
        }
    }
}
