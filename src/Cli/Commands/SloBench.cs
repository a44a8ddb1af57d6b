using System.CommandLine;
using System.Globalization;
using Octet.Cli.Output;
using Octet.Contracts;
using Octet.Contracts.Jobs;
using Octet.Contracts.Results;
using Octet.Contracts.Runs;
using Octet.LoadTester.Capacity;
using Octet.LoadTester.Experiment;
using Octet.LoadTester.OpenLoop;
using Octet.LoadTester.Prompts;

namespace Octet.Cli.Commands;

/// <summary>Limits of <c>octet bench</c>, and the search of the largest load that keeps them.</summary>
internal static class SloBench
{
    private static readonly Option<double?> Ttft = new("--slo-ttft") { Description = "Milliseconds: a good request has its first token by then (open loop: counted from the time it was due)." };
    private static readonly Option<double?> Itl = new("--slo-itl") { Description = "Milliseconds: mean gap between the tokens of a good request." };
    private static readonly Option<double?> Latency = new("--slo-latency") { Description = "Milliseconds: a good request has ended by then." };
    private static readonly Option<double> Errors = new("--slo-errors") { Description = "Share of failed requests that --find-max bears.", DefaultValueFactory = _ => new LatencyLimits().MaxErrorRate };
    private static readonly Option<string?> Find = new("--find-max") { Description = "Search the largest load whose 95th percentiles keep the --slo limits: concurrency (up to the largest of --concurrency) or rate (up to --rate, with --profile constant or poisson). --replicates repeats the edge." };

    public static void AddTo(Command command)
    {
        foreach (var option in (Option[])[Ttft, Itl, Latency, Errors, Find])
        {
            command.Options.Add(option);
        }
    }

    /// <summary>Null where no limit is given.</summary>
    public static LatencyLimits? Limits(ParseResult parsed)
    {
        var limits = new LatencyLimits
        {
            TtftMs = Positive(parsed, Ttft),
            ItlMs = Positive(parsed, Itl),
            LatencyMs = Positive(parsed, Latency),
            MaxErrorRate = parsed.GetValue(Errors) is >= 0 and <= 1 and var rate ? rate : throw Wrong("--slo-errors is not a number from 0 to 1"),
        };
        return (limits.TtftMs ?? limits.ItlMs ?? limits.LatencyMs) is null ? null : limits;
    }

    /// <summary>What is searched: null, <c>concurrency</c> or <c>rate</c>.</summary>
    /// <exception cref="OctetException">Kind Usage: something else, or options that do not go with it.</exception>
    public static string? Searched(ParseResult parsed, BenchProfile profile, LoadTestJob job)
    {
        var searched = parsed.GetValue(Find);
        return searched switch
        {
            null => null,
            _ when job.Limits is null => throw Wrong("--find-max needs a limit: --slo-ttft, --slo-itl or --slo-latency"),
            _ when job.Targets.Count > 1 => throw Wrong("--find-max searches one server: leave out --against, and search the other by itself"),
            "concurrency" when !profile.IsOpen => searched,
            "rate" when profile.Name is "constant" or "poisson" => searched,
            "concurrency" => throw Wrong($"--find-max concurrency is a closed loop: it does not go with --profile {profile.Name}"),
            "rate" => throw Wrong($"--find-max rate needs --profile constant or poisson, not {profile.Name}"),
            _ => throw Wrong($"--find-max '{searched}' is neither concurrency nor rate"),
        };
    }

    /// <summary>Searches, writes slo-search.json and requests.parquet, and prints the runs.</summary>
    /// <exception cref="OctetException">A run could not be measured or judged: the runs before it are written first.</exception>
    public static async Task<int> RunAsync(ParseResult parsed, BenchProfile profile, LoadTestJob job, DataRoot root, TextWriter output, IProgress<LoadProgress> progress, bool json, CancellationToken cancellation)
    {
        var prompts = await PromptSource.OfAsync(job, job.TokenizerPath, cancellation);
        SloSearchReport? report = null;
        OctetException? failure = null;
        await ReportFile.WriteAsync(root.Resolve(RunFiles.Requests), async stream =>
        {
            await using var rows = new RequestParquetWriter(stream);
            var experiment = new SloExperiment(job, prompts, Environment.GetEnvironmentVariable("OCTET_API_KEY"), rows, TimeProvider.System);
            report = profile.IsOpen
                ? await experiment.FindRateAsync(rate => profile.Name == "poisson" ? ArrivalSchedule.Poisson(rate) : ArrivalSchedule.Constant(rate), OpenLoopBench.LargestRate(parsed), OpenLoopBench.Options(parsed, job), progress, cancellation)
                : await experiment.FindConcurrencyAsync(progress, cancellation);
            failure = experiment.Failure;
        });
        await ReportFile.WriteAsync(root.Resolve(RunFiles.SloSearch), report!, OctetJson.Default.SloSearchReport, cancellation);
        await (json ? output.WriteLineAsync(JsonLine.Of(report!)) : WriteAsync(report!, output));
        return failure is null ? ExitCodes.Success : throw failure;
    }

    private static async Task WriteAsync(SloSearchReport report, TextWriter output)
    {
        var unit = report.Searched == "rate" ? "requests/s" : "streams";
        await output.WriteLineAsync($"run  {unit,10}  requests  failed  TTFT p95 ms  ITL p95 ms  latency p95 ms  goodput/s  limited by  limits");
        foreach (var trial in report.Trials)
        {
            await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{trial.Run + 1,3}  {trial.Load,10:0.##}  {trial.Completed,8}  {trial.Failed,6}  {trial.TtftP95Ms,11:0.0}  {trial.ItlP95Ms,10:0.00}  {trial.LatencyP95Ms,14:0.0}  {trial.GoodputPerSecond,9:0.00}  {trial.LimitedBy,-10}  {(trial.Met ? "kept" : trial.Because)}"));
        }

        if (report.Incomplete is not null)
        {
            return;
        }

        await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{(report.PassesAt is { } passes ? $"passes at {passes:0.##} {unit}" : "no load passes")}, {(report.FailsAt is { } fails ? $"fails at {fails:0.##}" : "none fails up to the largest")}"));
    }

    private static double? Positive(ParseResult parsed, Option<double?> option) => parsed.GetValue(option) is not { } value ? null
        : value is > 0 and <= 1e9 ? value
        : throw Wrong($"{option.Name} is not a number above 0");

    private static OctetException Wrong(string message) => new(FailureKind.Usage, message);
}
