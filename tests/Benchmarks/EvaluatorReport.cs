using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Octet.Evaluator;
using Octet.Evaluator.Scoring;
using Octet.InferenceServer.Hosting;

namespace Octet.Benchmarks;

/// <summary>The evaluator's own requests (one a document) beside lm-eval's (one a choice, the prompt echoed), at 1, 8 and 32 at a time, by the same client on our
/// server in this process. The forms take turns, each on a server of its own, so that none finds what another left in the prefix cache.</summary>
internal static class EvaluatorReport
{
    private const int Rounds = 3;
    private const int Documents = 150;
    private static readonly Form[] Forms = [new(Plain: false, 32), new(Plain: true, 1), new(Plain: true, 8), new(Plain: true, 32)];

    private sealed record Form(bool Plain, int Concurrency)
    {
        public string Name => Plain ? "lm-eval's, echo" : "octet's";
    }

    private readonly record struct Sample(double Seconds, double ProcessorSeconds, int Documents, int Requests);

    /// <param name="model">Folder.</param>
    /// <param name="datasets">Folder of the tasks' rows.</param>
    /// <param name="tasks">Tasks of multiple choice.</param>
    /// <param name="output">Receives a table a task.</param>
    public static async Task RunAsync(string model, string datasets, IReadOnlyList<string> tasks, TextWriter output)
    {
        var name = BenchmarkDotNet.Environments.HostEnvironmentInfo.GetCurrent().Cpu.Value?.ProcessorName;
        await output.WriteLineAsync($"{name}, {Environment.ProcessorCount} processors, {RuntimeInformation.FrameworkDescription}; {Path.GetFileName(Path.TrimEndingDirectorySeparator(model))}, at most {Documents} documents, the fastest of {Rounds} rounds");
        foreach (var task in tasks)
        {
            var best = new Sample[Forms.Length];
            for (var round = 0; round < Rounds; round++)
            {
                for (var form = 0; form < Forms.Length; form++)
                {
                    var sample = await MeasureAsync(model, datasets, task, Forms[form]);
                    best[form] = round == 0 ? sample : sample with { Seconds = Math.Min(sample.Seconds, best[form].Seconds), ProcessorSeconds = Math.Min(sample.ProcessorSeconds, best[form].ProcessorSeconds) };
                }
            }

            await WriteAsync(output, task, best);
        }
    }

    private static async Task<Sample> MeasureAsync(string model, string datasets, string task, Form form)
    {
        var folder = Directory.CreateTempSubdirectory("octet-benchmark-");
        try
        {
            await using var server = await OpenAiServer.StartAsync(new ServeOptions { ModelPath = model, ServedModelName = "m", Port = 0 }, null, CancellationToken.None);
            var options = new EvaluationOptions
            {
                Variant = "m",
                Endpoint = new Uri(server.Url, "v1").ToString(),
                ServedModelName = "m",
                TokenizerPath = model,
                Tasks = [task],
                Limit = Documents,
                DatasetsPath = datasets,
                OutputPath = folder.FullName,
                Concurrency = form.Concurrency,
                PlainRequests = form.Plain,
            };
            var (started, processor) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);
            var outcome = await new EvaluationRun(options, TimeProvider.System).RunAsync(null, CancellationToken.None);
            var (elapsed, used) = (Stopwatch.GetElapsedTime(started).TotalSeconds, (Environment.CpuUsage.TotalTime - processor).TotalSeconds);
            var answered = outcome.Leaves.SelectMany(leaf => leaf.Documents).ToArray();
            return new Sample(elapsed, used, answered.Length, form.Plain ? answered.Sum(document => document.Answered.Question.Pairs.Count) : answered.Length);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task WriteAsync(TextWriter output, string task, Sample[] best)
    {
        await output.WriteLineAsync($"\n| {task}: requests | at a time | requests | requests/s | documents/s | documents per processor second |\n|---|---|---|---|---|---|");
        for (var form = 0; form < Forms.Length; form++)
        {
            var sample = best[form];
            await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"| {Forms[form].Name} | {Forms[form].Concurrency} | {sample.Requests} | {sample.Requests / sample.Seconds:0.0} | {sample.Documents / sample.Seconds:0.0} | {sample.Documents / sample.ProcessorSeconds:0.0} |"));
        }

        var (own, plain) = (best[0], best[1..]);
        await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"| octet's over the best of lm-eval's | | | | {plain.Min(sample => sample.Seconds) / own.Seconds:0.00} | {plain.Min(sample => sample.ProcessorSeconds) / own.ProcessorSeconds:0.00} |"));
    }
}
