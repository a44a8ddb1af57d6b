using Octet.Contracts.Results;
using Octet.Contracts.Runs;
using Octet.LoadTester.Experiment;
using Octet.LoadTester.Http;
using Octet.LoadTester.MockServer;
using Octet.LoadTester.Prompts;
using Xunit;

namespace Octet.LoadTester.Tests;

/// <summary>Weighs the whole process: nothing else may run in it then.</summary>
[CollectionDefinition(DisableParallelization = true)]
public sealed class AloneInTheProcess;

[Collection(typeof(AloneInTheProcess))]
public sealed class MemoryTests : IDisposable
{
    private const int Early = 1_000;
    private const int Late = 61_000;

    /// <summary>A row of 16 tokens takes at least 200 bytes (40 of doubles, 64 of token times, 72 of other fields, two headers): 60,000 kept ones would take 12 MB. What may grow: rows that wait
    /// for their group (3,072 at most: 0.8 MB), the values of four digests (0.4 MB), the list of row groups, buffers of the runtime and of the server in this process (2 to 5 MB in all were seen, the more the busier the machine).</summary>
    private const long MostGrowth = 8_000_000;
    private readonly string _file = Path.GetTempFileName();

    public void Dispose() => File.Delete(_file);

    [Fact]
    public async Task ClosedLoop_SixtyTimesTheRequests_KeepsItsLiveSet()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var server = await MockOpenAiServer.StartAsync(new MockServerOptions { Ttft = Distribution.Fixed(0), Itl = Distribution.Fixed(0) }, static _ => { }, TimeProvider.System, cancellation);
        using var client = new StreamingClient(new Uri(server.Endpoint), null, 9, TimeProvider.System);
        await FillBuffersAsync(cancellation);
        await using (var stream = File.Create(_file))
        await using (var parquet = new RequestParquetWriter(stream))
        {
            var weighed = new WeighedSink(parquet);
            var plan = new PlannedRun(0, 0, 0, 8, 0);
            var figures = new RunFigures(plan, Variants.Base, weighed, TimeProvider.System.GetTimestamp(), TimeProvider.System);

            var run = await new ClosedLoopRun(client, new PromptSource(Enumerable.Range(0, 1000), 8, 16), "mock", 3, new StopRules { MaxRequests = Late }, TimeProvider.System)
                .RunAsync(plan, 600, ended => figures.AddAsync(ended, cancellation), cancellation);

            Assert.InRange(figures.Point(run).Completed, Late, Late + 8);
            Assert.InRange(weighed.LiveAtLate - weighed.LiveAtEarly, long.MinValue, MostGrowth);
        }

        await using var written = File.OpenRead(_file);
        var rows = await RequestParquet.ReadAsync(written, cancellation);
        Assert.Equal(Enumerable.Range(0, rows.Count), rows.Select(row => row.Index).Order());
        Assert.InRange(rows.Count(row => row.Measured), Late, Late + 8);
    }

    /// <summary>The library's pooled buffers reach their size with the first tens of row groups, whatever is written.</summary>
    private static async Task FillBuffersAsync(CancellationToken cancellation)
    {
        await using var stream = new FileStream(Path.GetTempFileName(), FileMode.Open, FileAccess.ReadWrite, FileShare.None, 4096, FileOptions.DeleteOnClose);
        await using var writer = new RequestParquetWriter(stream);
        await Parallel.ForAsync(0, 80_000, cancellation, (i, token) => writer.AddAsync(new RequestRow
        {
            Block = 0,
            Order = 0,
            Variant = Variants.Base,
            Concurrency = 8,
            Index = i,
            Scheduled = i * 1.1,
            Sent = i * 1.2,
            FirstToken = i * 1.3,
            LastToken = i * 1.4,
            Ended = i * 1.5,
            PromptTokens = 8,
            OutputTokens = 16,
            TokenMicroseconds = [.. Enumerable.Range(0, 16).Select(token => i + (token * 1000))],
            Succeeded = true,
            Status = 200,
            Error = "",
            Measured = true,
        }, token));
    }

    /// <summary>Weighs what is reachable when so many requests have ended.</summary>
    private sealed class WeighedSink(IRequestSink inner) : IRequestSink
    {
        private int _count;

        public long LiveAtEarly { get; private set; }

        public long LiveAtLate { get; private set; }

        public ValueTask AddAsync(RequestRow row, CancellationToken cancellationToken)
        {
            switch (Interlocked.Increment(ref _count))
            {
                case Early:
                    LiveAtEarly = GC.GetTotalMemory(forceFullCollection: true);
                    break;
                case Late:
                    LiveAtLate = GC.GetTotalMemory(forceFullCollection: true);
                    break;
            }

            return inner.AddAsync(row, cancellationToken);
        }

        public Task EndRunAsync(CancellationToken cancellationToken) => inner.EndRunAsync(cancellationToken);
    }
}
