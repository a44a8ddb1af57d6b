using System.CommandLine;
using System.Globalization;
using Octet.Cli.Embedded;
using Octet.Cli.Output;
using Octet.Comparison.Performance;
using Octet.Contracts;
using Octet.Contracts.Jobs;
using Octet.Contracts.Results;
using Octet.Contracts.Runs;
using Octet.Jobs;
using Octet.LoadTester.Experiment;
using Octet.LoadTester.Service;

namespace Octet.Cli.Commands;

/// <summary><c>octet bench</c>: load on one endpoint that already runs, ours or vLLM, or on two in alternating blocks.</summary>
internal static class BenchCommand
{
    private static readonly LoadSpec Defaults = new();
    private static readonly Option<string> Endpoint = new("--endpoint") { Description = "Base address that ends in /v1. A key comes from OCTET_API_KEY.", Required = true };
    private static readonly Option<string> Model = new("--model") { Description = "Served model name.", Required = true };
    private static readonly Option<string?> Against = new("--against") { Description = "A second base address: both are measured in ABBA blocks, one under load at a time, and compared. The same address twice is an A/A control." };
    private static readonly Option<string?> AgainstModel = new("--against-model") { Description = "Model name served at --against; by default that of --model." };
    private static readonly Option<string> TokenizerFolder = new("--tokenizer") { Description = "Folder with the model's tokenizer.json.", Required = true };
    private static readonly Option<string> Streams = new("--concurrency") { Description = "Streams, separated by commas.", DefaultValueFactory = _ => string.Join(',', Defaults.Concurrency) };
    private static readonly Option<double> Seconds = new("--seconds") { DefaultValueFactory = _ => 10, Description = "Measured window of one run." };
    private static readonly Option<int> Replicates = new("--replicates") { DefaultValueFactory = _ => 3, Description = "Runs of each point." };
    private static readonly Option<int> MaxRequests = new("--max-requests") { Description = "A run ends after so many requests (closed loop: of its window); 0 for no limit.", DefaultValueFactory = _ => 0 };
    private static readonly Option<int> MaxErrors = new("--max-errors") { Description = "A run ends after so many failed requests; 0 for no limit.", DefaultValueFactory = _ => 0 };
    private static readonly Option<double> MaxErrorRate = new("--max-error-rate") { Description = "A run ends when more than this share of its requests failed, judged from 20 on; 1 for no limit.", DefaultValueFactory = _ => 1 };
    private static readonly Option<bool> Http2 = new("--http2") { Description = "HTTP/2 without TLS (prior knowledge) instead of HTTP/1.1." };
    private static readonly Option<bool> NoKeepAlive = new("--no-keep-alive") { Description = "Open a connection for every request (HTTP/1.1)." };
    private static readonly Option<long> Seed = new("--seed") { DefaultValueFactory = _ => Defaults.Seed, Description = "Seed of prompts and order." };
    private static readonly Option<string> Target = new("--output") { Description = "Folder for the results.", DefaultValueFactory = _ => "octet-results" };
    private static readonly Option<bool> Json = new("--json") { Description = "The report as JSON." };

    public static Command Create(TextWriter output, TextWriter error)
    {
        var command = new Command("bench", "Load on a served model: TTFT, ITL, throughput per concurrency or per rate. With --against, on two servers in turn, with their ratios.")
        {
            Endpoint, Model, Against, AgainstModel, TokenizerFolder, BenchProfile.Option, Streams, BenchPrompts.Prompt, BenchPrompts.Output, BenchPrompts.Own, Seconds, Replicates, MaxRequests, MaxErrors, MaxErrorRate, Http2, NoKeepAlive, Seed, Target, Json,
        };
        OpenLoopBench.AddTo(command);
        SloBench.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            var tokenizer = Path.GetFullPath(parsed.GetRequiredValue(TokenizerFolder));
            var job = await BenchPrompts.AddToAsync(Job(parsed, tokenizer), parsed, cancellation);
            string[] readable = job.PromptsPath is { } own ? [tokenizer, Path.GetDirectoryName(own)!] : [tokenizer];
            var root = DataRoots.OpenWritable(parsed.GetRequiredValue(Target), Target.Name, readable);
            var profile = BenchProfile.Of(parsed);
            if (SloBench.Searched(parsed, profile, job) is not null)
            {
                return await SloBench.RunAsync(parsed, profile, job, root, output, new RunCounter(error), parsed.GetValue(Json), cancellation);
            }

            if (profile.IsOpen)
            {
                if (parsed.GetValue(Against) is not null)
                {
                    throw new OctetException(FailureKind.Usage, $"--against compares closed loops: use --profile concurrent, or measure each server by itself with --profile {profile.Name}");
                }

                return await OpenLoopBench.RunAsync(parsed, profile, job, root, output, new RunCounter(error), parsed.GetValue(Json), cancellation);
            }

            var result = await new LoadTestHandler(root, new ConfigurationBuilder().AddEnvironmentVariables().Build(), TimeProvider.System).HandleAsync(job, new RunCounter(error), cancellation);
            var report = await ReportFile.ReadAsync(root.Resolve(result.ReportPath), OctetJson.Default.LoadReport, "bench", cancellation);
            if (parsed.GetValue(Json))
            {
                await output.WriteLineAsync(JsonLine.Of(report));
                return ExitCodes.Success;
            }

            await WriteRunsAsync(report, output);
            if (parsed.GetValue(Against) is not null)
            {
                await using var rows = File.OpenRead(root.Resolve(RunFiles.Requests));
                await WriteRatiosAsync(LoadComparison.From(report, await RequestParquet.ReadAsync(rows, cancellation), new SloSpec(), Policy.Default.Alpha), output);
            }

            return ExitCodes.Success;
        });
        return command;
    }

    private static LoadTestJob Job(ParseResult parsed, string tokenizer)
    {
        var first = EndpointOptions.Checked("--endpoint", parsed.GetRequiredValue(Endpoint));
        var model = parsed.GetRequiredValue(Model);
        var targets = new List<LoadJobTarget> { new(Variants.Base, first, ServerOf(first), model) };
        if (parsed.GetValue(Against) is { } against)
        {
            var second = EndpointOptions.Checked("--against", against);
            targets.Add(new LoadJobTarget(Variants.Compressed, second, ServerOf(second), parsed.GetValue(AgainstModel) ?? model));
        }

        return new LoadTestJob
        {
            RunId = "bench",
            Targets = targets,
            TokenizerPath = tokenizer,
            PromptTokens = Defaults.PromptTokens,
            OutputTokens = Defaults.OutputTokens,
            Concurrency = BenchProfile.Of(parsed).Streams(Numbers(parsed.GetRequiredValue(Streams))),
            Seconds = parsed.GetValue(Seconds) is > 0 and <= 86_400 and var seconds ? seconds : throw new OctetException(FailureKind.Usage, "--seconds is not a number above 0 and up to 86400"),
            Replicates = Positive(parsed, Replicates),
            Seed = parsed.GetValue(Seed),
            OutputPath = ".",
            Limits = SloBench.Limits(parsed),
            Http2 = parsed.GetValue(Http2),
            KeepAlive = !parsed.GetValue(NoKeepAlive),
            MaxRequests = NotNegative(parsed, MaxRequests),
            MaxErrors = NotNegative(parsed, MaxErrors),
            MaxErrorRate = parsed.GetValue(MaxErrorRate) is >= 0 and <= 1 and var rate ? rate : throw new OctetException(FailureKind.Usage, "--max-error-rate is not a number from 0 to 1"),
        };
    }

    private static async Task WriteRunsAsync(LoadReport report, TextWriter output)
    {
        await output.WriteLineAsync("streams  run  server      output tok/s  goodput/s  requests  failed  warm-up  cut  TTFT p50 ms  ITL p50 ms  stopped by  limited by");
        foreach (var point in report.Points.OrderBy(point => point.Concurrency).ThenBy(point => point.Block).ThenBy(point => point.Variant, StringComparer.Ordinal))
        {
            var server = point.Variant == Variants.Base ? "--endpoint" : "--against";
            await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{point.Concurrency,7}  {point.Block + 1,3}  {server,-10}  {point.OutputTokensPerSecond,12:0.0}  {point.GoodputPerSecond,9:0.00}  {point.Completed,8}  {point.Failed,6}  {point.WarmUpRequests,7}  {point.CutRequests,3}  {point.TtftMs.P50,11:0.00}  {point.ItlMs.P50,10:0.000}  {point.StoppedBy,-10}  {point.LimitedBy}"));
        }
    }

    private static async Task WriteRatiosAsync(LoadComparison comparison, TextWriter output)
    {
        await output.WriteLineAsync();
        await output.WriteLineAsync("streams  --against over --endpoint: output tok/s (90 % interval, spread of a pair)      --endpoint over --against: TTFT                     ITL");
        foreach (var point in comparison.Points)
        {
            await output.WriteLineAsync($"{point.Concurrency,7}  {Text(point.Throughput),-74}  {Text(point.Ttft),-36}  {Text(point.Itl)}");
        }

        await output.WriteLineAsync($"    all  {Text(comparison.MeanThroughput)} geometric mean over the grid, one value a block");

        static string Text(RatioInterval ratio) => ratio.Interval is { } interval
            ? string.Create(CultureInfo.InvariantCulture, $"{interval.Estimate:0.000} ({interval.Lower:0.000} to {interval.Upper:0.000}, {ratio.Spread:0.0%})")
            : $"{ratio.Pairs} pair(s): no interval";
    }

    private static string ServerOf(string endpoint) => endpoint[..^"v1".Length];

    private static int NotNegative(ParseResult parsed, Option<int> option) => parsed.GetValue(option) is >= 0 and var value ? value : throw new OctetException(FailureKind.Usage, $"{option.Name} is not a number from 0 on");

    private static int Positive(ParseResult parsed, Option<int> option) => parsed.GetValue(option) is > 0 and var value ? value : throw new OctetException(FailureKind.Usage, $"{option.Name} is not a number above 0");

    private static int[] Numbers(string list)
    {
        int[] numbers = [.. list.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(text =>
            int.TryParse(text, CultureInfo.InvariantCulture, out var number) && number > 0 ? number : throw new OctetException(FailureKind.Usage, $"--concurrency '{list}' is not a list of positive numbers"))];
        return numbers.Length > 0 ? numbers : throw new OctetException(FailureKind.Usage, "--concurrency names no number of streams");
    }

    private sealed class RunCounter(TextWriter error) : IProgress<JobProgress>, IProgress<LoadProgress>
    {
        public void Report(LoadProgress value) => Report(new JobProgress(value.Activity, value.Done, value.Total, "runs"));

        public void Report(JobProgress value)
        {
            if (!Console.IsErrorRedirected)
            {
                error.Write($"\r{value.Done}/{value.Total} runs{(value.Done == value.Total ? "\n" : "")}");
            }
        }
    }
}
