using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using Octet.Contracts.Jobs;
using Octet.Contracts.Results;
using Octet.Contracts.Runs;
using Octet.LoadTester.Experiment;
using Octet.LoadTester.Http;
using Octet.LoadTester.MockServer;
using Octet.LoadTester.OpenLoop;
using Octet.LoadTester.Prompts;

namespace Octet.Benchmarks;

/// <summary>The load generator on one processor against the mock server on another: what a request and a token cost it, how late it sends, and how far
/// its times lie from those of the server.</summary>
internal static class GeneratorReport
{
    private const double Seconds = 6;
    private const double RoundSeconds = 2;
    private const int Rounds = 9;
    private const int PromptTokens = 64;
    private const int Seed = 42;

    /// <summary>Recorded elsewhere: an epoll server in C on processor 1, GuideLLM with one worker on processor 0, a quiet machine.</summary>
    private const string RecordedGuideLlm = "GuideLLM 0.8.1, as recorded on a quiet machine (one core, 64 streams of 16 tokens, zero-delay server): 82 requests/s, 13.1 ms of CPU a request over all its processes (12.3 with 2 workers); "
        + "16 streams of 512 tokens: 17,000 tokens/s, 46 us of CPU a token; constant 200/s: 521 sent of 1600 in 8 s, late by p50 1416, p99 6680 ms";
    private static readonly int[] Pool = [.. Enumerable.Range(0, 2000)];

    /// <summary>Starts this program again on the first processor.</summary>
    public static int Run()
    {
        using var generator = PinnedProcess.Start(0, ["generator-work"], piped: false);
        generator.WaitForExit();
        return generator.ExitCode;
    }

    /// <summary>Measures and prints. The servers are started before anything is awaited, on the main thread.</summary>
    public static async Task WorkAsync(TextWriter output)
    {
        await using var instant = GeneratorServer.Start("0", "0");
        await using var quick = GeneratorServer.Start("5", "1");
        await using var known = GeneratorServer.Start("uniform:100,120", "uniform:40,45");
        var version = typeof(LoadExperiment).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;
        await output.WriteLineAsync($"{Machine.ProcessorName()}, generator on processor 0, mock server on processor 1, .NET {Environment.Version}, octet {version}, load average {Machine.LoadAverage()}");
        await output.WriteLineAsync();
        await CostAsync(instant, 64, 16, output);
        await CostAsync(instant, 16, 512, output);
        await output.WriteLineAsync(RecordedGuideLlm);
        await output.WriteLineAsync();
        foreach (var rate in (double[])[50, 200, 1000])
        {
            await LatenessAsync(quick, rate, output);
        }

        await output.WriteLineAsync();
        await BiasAsync(known, [1, 16, 64, 256], output);
    }

    private static async Task CostAsync(GeneratorServer server, int streams, int outputTokens, TextWriter output)
    {
        using var client = new StreamingClient(new Uri(server.Url, "v1"), null, streams + 1, TimeProvider.System);
        var run = new ClosedLoopRun(client, new PromptSource(Pool, PromptTokens, outputTokens), "mock", Seed, StopRules.None, TimeProvider.System);
        await run.RunAsync(new PlannedRun(0, 0, 0, streams, 0), 2, static _ => ValueTask.CompletedTask, CancellationToken.None);
        var (requests, tokens) = (0, 0L);
        using var self = Process.GetCurrentProcess();
        var (used, allocated, started) = (self.TotalProcessorTime, GC.GetTotalAllocatedBytes(), Stopwatch.GetTimestamp());
        await run.RunAsync(new PlannedRun(0, 0, 0, streams, 1), Seconds, Count, CancellationToken.None);
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        self.Refresh();
        var cpu = (self.TotalProcessorTime - used).TotalSeconds;
        var bytes = GC.GetTotalAllocatedBytes() - allocated;
        await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"closed loop, {streams} streams, {outputTokens} tokens: {requests / seconds:0} requests/s, {tokens / seconds:0} tokens/s, {cpu / seconds:0%} of a core; "
            + $"per request {cpu * 1e3 / requests:0.000} ms of CPU and {bytes / requests} B, per token {cpu * 1e6 / tokens:0.0} us and {bytes / tokens} B; {requests / cpu:0} requests per core-second"));

        ValueTask Count(EndedRequest ended)
        {
            Interlocked.Add(ref requests, ended.Timed.Outcome.Error is null ? 1 : 0);
            Interlocked.Add(ref tokens, ended.Timed.Outcome.OutputTokens);
            return ValueTask.CompletedTask;
        }
    }

    /// <summary>Short runs in turn with a bare thread that sleeps to the same times and sends nothing: how late it is, is the machine's doing.</summary>
    private static async Task LatenessAsync(GeneratorServer server, double rate, TextWriter output)
    {
        using var self = Process.GetCurrentProcess();
        var (bare, p50, p99, sent, failed, cpu) = (new List<double>(), new List<double>(), new List<double>(), 0, 0, TimeSpan.Zero);
        for (var round = 0; round < Rounds; round++)
        {
            bare.Add(await Task.Factory.StartNew(() => SleeperLateness(rate), TaskCreationOptions.LongRunning));
            self.Refresh();
            var used = self.TotalProcessorTime;
            var rows = new RowList();
            var report = await new OpenLoopExperiment(Job(server, Seed + round), new PromptSource(Pool, PromptTokens, 16), null, TimeProvider.System)
                .RunAsync([ArrivalSchedule.Constant(rate)], 1, new OpenLoopOptions { Seconds = RoundSeconds, WarmUpSeconds = RoundSeconds / 10 }, rows, null, CancellationToken.None);
            self.Refresh();
            cpu += self.TotalProcessorTime - used;
            double[] late = [.. rows.Rows.Where(row => row.Measured).Select(row => (row.Sent - row.Scheduled) * 1000).Order()];
            p50.Add(Percentiles.NearestRank(late, 0.5));
            p99.Add(Percentiles.NearestRank(late, 0.99));
            sent += rows.Rows.Count;
            failed += report.Points[0].Failed;
        }

        await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"open loop, constant {rate}/s, 16 tokens, TTFT 5 ms, ITL 1 ms: {sent} sent of {rate * RoundSeconds * Rounds:0}, {failed} failed, {cpu.TotalMilliseconds / sent:0.000} ms of CPU each; "
            + $"late by p50 {Median(p50):0.000}, p99 {Median(p99):0.000} ms (medians of {Rounds} runs; p99 of the best {p99.Min():0.000}, of the worst {p99.Max():0.000}); p99 of a bare sleeper {Median(bare):0.000} ({bare.Min():0.000} to {bare.Max():0.000})"));
    }

    private static LoadTestJob Job(GeneratorServer server, long seed) => new()
    {
        RunId = "benchmark",
        Targets = [new LoadJobTarget(Variants.Base, new Uri(server.Url, "v1").ToString(), server.Url.ToString(), "mock")],
        TokenizerPath = "",
        PromptTokens = PromptTokens,
        OutputTokens = 16,
        Concurrency = [1],
        Seconds = RoundSeconds,
        Replicates = 1,
        Seed = seed,
        OutputPath = "",
    };

    /// <returns>99th percentile in milliseconds.</returns>
    private static double SleeperLateness(double rate)
    {
        var late = new double[(int)(rate * RoundSeconds)];
        var start = Stopwatch.GetTimestamp();
        for (var i = 0; i < late.Length; i++)
        {
            var due = i / rate * 1e9;
            for (var left = due - Stopwatch.GetElapsedTime(start).TotalNanoseconds; left > 0; left = due - Stopwatch.GetElapsedTime(start).TotalNanoseconds)
            {
                PreciseSleep.For((long)left + 1);
            }

            late[i] = (Stopwatch.GetElapsedTime(start).TotalNanoseconds - due) / 1e6;
        }

        Array.Sort(late);
        return Percentiles.NearestRank(late, 0.99);
    }

    private static double Median(List<double> values) => Percentiles.NearestRank([.. values.Order()], 0.5);

    private static async Task BiasAsync(GeneratorServer server, int[] streams, TextWriter output)
    {
        var prompts = new PromptSource(Pool, PromptTokens, 64);
        var records = new List<(int Streams, ConcurrentQueue<TimedRequest> Requests)>();
        using (var client = new StreamingClient(new Uri(server.Url, "v1"), null, streams.Max() + 1, TimeProvider.System))
        {
            foreach (var count in streams)
            {
                var requests = new ConcurrentQueue<TimedRequest>();
                await new ClosedLoopRun(client, prompts, "mock", Seed, StopRules.None, TimeProvider.System).RunAsync(new PlannedRun(0, 0, 0, count, count), Seconds, ended => Keep(requests, ended), CancellationToken.None);
                records.Add((count, requests));
            }
        }

        var truth = await server.EndAsync();
        foreach (var record in records)
        {
            var pairs = record.Requests.Where(request => !request.WarmUp && request.Outcome.Error is null)
                .Select(request => (request.Outcome, Truth: truth[PromptHash.Of(prompts.Ids(Seed, record.Streams, request.Index))])).ToList();
            double[] ttft = [.. pairs.Select(pair => Ttft(pair.Outcome) - RealTtft(pair.Truth)).Order()];
            double[] itl = [.. pairs.Select(pair => Itl(pair.Outcome) - RealItl(pair.Truth)).Order()];
            await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{record.Streams} streams, {pairs.Count} requests of TTFT 100 to 120 ms and ITL 40 to 45 ms: TTFT less the server's p50 {Percentiles.NearestRank(ttft, 0.5):0.00}, p99 {Percentiles.NearestRank(ttft, 0.99):0.00} ms; "
                + $"ITL p50 {Percentiles.NearestRank(itl, 0.5):0.0000}, p99 {Percentiles.NearestRank(itl, 0.99):0.0000} ms; medians differ by {MedianShift(pairs, Ttft, RealTtft):0.00%} and {MedianShift(pairs, Itl, RealItl):0.000%}"));
        }
    }

    private static ValueTask Keep(ConcurrentQueue<TimedRequest> requests, EndedRequest ended)
    {
        requests.Enqueue(ended.Timed);
        return ValueTask.CompletedTask;
    }

    private static double MedianShift(List<(RequestOutcome Outcome, RequestTruth Truth)> pairs, Func<RequestOutcome, double> seen, Func<RequestTruth, double> real)
    {
        var truth = Percentiles.NearestRank([.. pairs.Select(pair => real(pair.Truth)).Order()], 0.5);
        return (Percentiles.NearestRank([.. pairs.Select(pair => seen(pair.Outcome)).Order()], 0.5) - truth) / truth;
    }

    private static double Ttft(RequestOutcome outcome) => Milliseconds(outcome.FirstToken - outcome.Sent);

    private static double Itl(RequestOutcome outcome) => Milliseconds(outcome.LastToken - outcome.FirstToken) / (outcome.OutputTokens - 1);

    private static double RealTtft(RequestTruth truth) => (truth.FirstToken - truth.Received) / 1e6;

    private static double RealItl(RequestTruth truth) => (truth.LastToken - truth.FirstToken) / 1e6 / (truth.Sent - 1);

    private static double Milliseconds(long ticks) => ticks * 1000.0 / TimeProvider.System.TimestampFrequency;

    /// <summary>Keeps the rows of one run.</summary>
    private sealed class RowList : IRequestSink
    {
        public ConcurrentQueue<RequestRow> Rows { get; } = [];

        public ValueTask AddAsync(RequestRow row, CancellationToken cancellationToken)
        {
            Rows.Enqueue(row);
            return ValueTask.CompletedTask;
        }

        public Task EndRunAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
