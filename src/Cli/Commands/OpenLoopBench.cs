using System.CommandLine;
using System.Globalization;
using Octet.Cli.Output;
using Octet.Contracts;
using Octet.Contracts.Jobs;
using Octet.Contracts.Results;
using Octet.Contracts.Runs;
using Octet.LoadTester.Experiment;
using Octet.LoadTester.OpenLoop;
using Octet.LoadTester.Prompts;

namespace Octet.Cli.Commands;

/// <summary>The open-loop profiles of <c>octet bench</c>.</summary>
internal static class OpenLoopBench
{
    private const double FastestRate = 100_000;
    private static readonly OpenLoopOptions Defaults = new() { Seconds = 1 };
    private static readonly Option<string?> Rate = new("--rate") { Description = "Requests a second, separated by commas: constant and poisson take each, ramp goes from the first to the second." };
    private static readonly Option<string?> Trace = new("--trace") { Description = "File for --profile trace: the second of each request, one a line, rising; it starts at its first." };
    private static readonly Option<double> TraceSpeed = new("--trace-speed") { Description = "2 plays a trace twice as fast.", DefaultValueFactory = _ => 1 };
    private static readonly Option<string> SweepRates = new("--sweep-rates") { Description = "Rates of a sweep: how many, and constant or poisson, as 8:poisson.", DefaultValueFactory = _ => "8:constant" };
    private static readonly Option<double> WarmUp = new("--warm-up") { Description = "Open loop: requests due in the first seconds are not measured.", DefaultValueFactory = _ => Defaults.WarmUpSeconds };
    private static readonly Option<double> CoolDown = new("--cool-down") { Description = "Open loop: requests due in the last seconds are not measured (not of a trace).", DefaultValueFactory = _ => Defaults.CoolDownSeconds };
    private static readonly Option<int> MaxOpen = new("--max-open") { Description = "Open loop: with so many requests open the server is over-saturated, and nothing more is sent.", DefaultValueFactory = _ => Defaults.MaxOpen };
    private static readonly Option<double> Drain = new("--drain") { Description = "Open loop: seconds for what is open at the end; what still runs then is cut and counts as failed.", DefaultValueFactory = _ => Defaults.DrainSeconds };
    private static readonly Option<double> MaxLateness = new("--max-lateness") { Description = "Open loop: milliseconds; a point whose 99th percentile of sent minus due is larger is invalid.", DefaultValueFactory = _ => Defaults.LatenessLimitMs };

    public static void AddTo(Command command)
    {
        foreach (var option in (Option[])[Rate, Trace, TraceSpeed, SweepRates, WarmUp, CoolDown, MaxOpen, Drain, MaxLateness])
        {
            command.Options.Add(option);
        }
    }

    /// <summary>Measures, writes open-load.json and open-requests.parquet, and prints the points.</summary>
    /// <returns>0; 12 where a point is invalid, after its reason.</returns>
    public static async Task<int> RunAsync(ParseResult parsed, BenchProfile profile, LoadTestJob job, DataRoot root, TextWriter output, IProgress<LoadProgress> progress, bool json, CancellationToken cancellation)
    {
        var key = Environment.GetEnvironmentVariable("OCTET_API_KEY");
        var options = Options(parsed, job);
        var prompts = await PromptSource.OfAsync(job, job.TokenizerPath, cancellation);
        var schedules = profile.Name == "sweep" ? await SweepAsync(parsed, job, prompts, key, json ? TextWriter.Null : output, cancellation) : await SchedulesAsync(parsed, profile.Name, job.Seconds, cancellation);
        OpenLoadReport? report = null;
        await ReportFile.WriteAsync(root.Resolve(RunFiles.OpenRequests), async stream =>
        {
            await using var rows = new RequestParquetWriter(stream);
            report = await new OpenLoopExperiment(job, prompts, key, TimeProvider.System).RunAsync(schedules, job.Replicates, options, rows, progress, cancellation);
        });
        await ReportFile.WriteAsync(root.Resolve(RunFiles.OpenLoad), report!, OctetJson.Default.OpenLoadReport, cancellation);
        await (json ? output.WriteLineAsync(JsonLine.Of(report!)) : WriteAsync(report!, output));
        return report!.Points.Any(point => point.Invalid is not null) ? ExitCodes.Of(FailureKind.Measurement) : ExitCodes.Success;
    }

    /// <summary>When a run ends, and what of it is measured.</summary>
    public static OpenLoopOptions Options(ParseResult parsed, LoadTestJob job)
    {
        var seconds = job.Seconds;
        var options = new OpenLoopOptions
        {
            Seconds = seconds,
            WarmUpSeconds = NotNegative(parsed, WarmUp),
            CoolDownSeconds = NotNegative(parsed, CoolDown),
            Stop = new StopRules { MaxRequests = job.MaxRequests, MaxErrors = job.MaxErrors, MaxErrorRate = job.MaxErrorRate },
            MaxOpen = parsed.GetValue(MaxOpen) is > 0 and var open ? open : throw Wrong("--max-open is not a number above 0"),
            DrainSeconds = NotNegative(parsed, Drain),
            LatenessLimitMs = NotNegative(parsed, MaxLateness),
        };
        return options.WarmUpSeconds + options.CoolDownSeconds < seconds ? options : throw Wrong("--warm-up and --cool-down together leave nothing of --seconds");
    }

    private static async Task<IReadOnlyList<ArrivalSchedule>> SchedulesAsync(ParseResult parsed, string profile, double seconds, CancellationToken cancellation)
    {
        if (profile == "trace")
        {
            var file = parsed.GetValue(Trace) ?? throw Wrong("--profile trace needs --trace FILE");
            var speed = parsed.GetValue(TraceSpeed) is > 0 and <= 1e6 and var given ? given : throw Wrong("--trace-speed is not a number above 0");
            return [ArrivalSchedule.Trace(await ArrivalSchedule.ReadTraceAsync(file, cancellation), speed)];
        }

        var text = parsed.GetValue(Rate) ?? throw Wrong($"--profile {profile} needs --rate, requests a second");
        double[] rates = [.. text.Split(',', StringSplitOptions.TrimEntries).Select(part => double.TryParse(part, NumberStyles.Float, CultureInfo.InvariantCulture, out var rate) && rate is >= 0 and <= FastestRate ? rate : throw Wrong($"--rate '{text}' is not a list of numbers up to {FastestRate:0}"))];
        if (profile == "ramp")
        {
            return rates is [var from, > 0 and var to] ? [ArrivalSchedule.Ramp(from, to, seconds)] : throw Wrong($"--rate '{text}': a ramp has two rates, and the second lies above 0");
        }

        return rates.All(rate => rate > 0) ? [.. rates.Select(rate => OfRate(profile, rate))] : throw Wrong($"--rate '{text}' is not a list of numbers above 0");
    }

    /// <summary>One stream, then the largest number of --concurrency; the rates lie evenly between what they completed, the first left out, as GuideLLM's do.</summary>
    private static async Task<IReadOnlyList<ArrivalSchedule>> SweepAsync(ParseResult parsed, LoadTestJob job, PromptSource prompts, string? key, TextWriter output, CancellationToken cancellation)
    {
        var text = parsed.GetRequiredValue(SweepRates);
        if (text.Split(':') is not [var number, "constant" or "poisson"] || !int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var count) || count is < 1 or > 1000)
        {
            throw Wrong($"--sweep-rates '{text}' is not a number and constant or poisson, as 8:poisson");
        }

        var points = (await new LoadExperiment(job with { Replicates = 1 }, prompts, key, TimeProvider.System).RunAsync(new NoSink(), null, cancellation)).Points;
        var (slow, fast) = (points.MinBy(point => point.Concurrency)!, points.MaxBy(point => point.Concurrency)!);
        foreach (var point in points.OrderBy(point => point.Concurrency))
        {
            await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"closed loop, {point.Concurrency} streams: {point.RequestsPerSecond:0.00} requests/s, {point.OutputTokensPerSecond:0.0} tok/s"));
        }

        return fast.RequestsPerSecond > 0 && slow.RequestsPerSecond > 0
            ? [.. ArrivalSchedule.Between(slow.RequestsPerSecond, fast.RequestsPerSecond, count).Select(rate => OfRate(text.Split(':')[1], rate))]
            : throw new OctetException(FailureKind.Measurement, "a sweep needs a request that completes in the closed loop: use a longer --seconds or fewer --output-tokens");
    }

    /// <summary>The only rate of --rate.</summary>
    public static double LargestRate(ParseResult parsed) => double.TryParse(parsed.GetValue(Rate), NumberStyles.Float, CultureInfo.InvariantCulture, out var rate) && rate is > 0 and <= FastestRate
        ? rate
        : throw Wrong("--find-max rate needs --rate, the largest requests a second to try");

    private static ArrivalSchedule OfRate(string profile, double rate) => profile == "poisson" ? ArrivalSchedule.Poisson(rate) : ArrivalSchedule.Constant(rate);

    private static async Task WriteAsync(OpenLoadReport report, TextWriter output)
    {
        await output.WriteLineAsync("schedule                   run   sent  failed  completed/s  output tok/s  goodput/s  excluded  TTFT p50 ms  from send  ITL p50 ms  late p99 ms  stopped by  limited by");
        foreach (var point in report.Points)
        {
            await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{point.Schedule,-25}  {point.Run + 1,4}  {point.Sent,5}  {point.Failed,6}  {point.CompletedPerSecond,11:0.00}  {point.OutputTokensPerSecond,12:0.0}  {point.GoodputPerSecond,9:0.00}  {point.WarmUpRequests + point.CoolDownRequests,8}  {point.TtftMs.P50,11:0.00}  {point.TtftFromSendMs.P50,9:0.00}  {point.ItlMs.P50,10:0.000}  {point.LatenessP99Ms,11:0.000}  {point.StoppedBy,-10}  {point.LimitedBy}"));
            foreach (var (kind, count) in point.Failures)
            {
                await output.WriteLineAsync($"    failed: {count} {kind}");
            }

            if (point.Invalid is { } reason)
            {
                await output.WriteLineAsync($"    INVALID: {reason}");
            }
        }
    }

    private static double NotNegative(ParseResult parsed, Option<double> option) => NotNegative(option.Name, parsed.GetValue(option));

    private static double NotNegative(string name, double value) => value is >= 0 and <= 1e9 ? value : throw Wrong($"{name} is not a number from 0 on");

    private static OctetException Wrong(string message) => new(FailureKind.Usage, message);

    /// <summary>The closed loops of a sweep leave points only.</summary>
    private sealed class NoSink : IRequestSink
    {
        public ValueTask AddAsync(RequestRow row, CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public Task EndRunAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
