using Octet.Contracts;
using Octet.Contracts.Results;
using Octet.Contracts.Runs;

namespace Octet.Reporter.Tests;

/// <summary>The folder of a small finished run, written file by file as the stages write it. The numbers are made by rule, so that a test knows them.</summary>
internal sealed class RecordedRun : IDisposable
{
    public const int Documents = 400;
    public const int Blocks = 5;
    public const int RequestsPerRun = 20;

    private static readonly string[] Tasks = ["mini_arc", "mini_mmlu"];
    private static readonly Dictionary<string, string> Tools = new() { ["octet"] = "1.2.3" };

    private RecordedRun(string folder) => Folder = folder;

    public string Folder { get; }

    public RunSpec Spec { get; } = new();

    public static async Task<RecordedRun> CreateAsync(CancellationToken cancellation)
    {
        var run = new RecordedRun(Directory.CreateTempSubdirectory("octet-report-").FullName);
        await File.WriteAllTextAsync(run.PathOf(RunFiles.Spec), RunSpecYaml.Write(run.Spec), cancellation);
        await File.WriteAllTextAsync(run.PathOf(RunFiles.Preflight), $$"""{"policy_sha256": "{{PolicyHash.Of(run.Spec.Policy)}}"}""", cancellation);
        await ReportFile.WriteAsync(run.PathOf(RunFiles.Quantize), Quantize(), OctetJson.Default.QuantizeReport, cancellation);
        await ReportFile.WriteAsync(run.PathOf(RunFiles.Artifact), Artifact(), OctetJson.Default.ArtifactReport, cancellation);
        await ReportFile.WriteAsync(run.PathOf(RunFiles.Serving), Serving(), OctetJson.Default.ServingReport, cancellation);
        foreach (var variant in (string[])[Variants.Base, Variants.Compressed])
        {
            await ReportFile.WriteAsync(run.PathOf(RunFiles.Results(variant)), Results(variant), OctetJson.Default.EvaluationReport, cancellation);
            await ReportFile.WriteAsync(run.PathOf(RunFiles.Samples(variant)), stream => SampleParquet.WriteAsync(stream, [.. Samples(variant)], cancellation));
        }

        RequestRow[] rows = [.. Rows()];
        await ReportFile.WriteAsync(run.PathOf(RunFiles.Load), Load(rows), OctetJson.Default.LoadReport, cancellation);
        await ReportFile.WriteAsync(run.PathOf(RunFiles.Requests), stream => RequestParquet.WriteAsync(stream, rows, cancellation));
        return run;
    }

    public string PathOf(string name) => Path.Combine(Folder, name);

    public async Task RewriteSamplesAsync(string variant, Func<SampleRow, SampleRow> change, CancellationToken cancellation)
    {
        IReadOnlyList<SampleRow> rows;
        await using (var stream = File.OpenRead(PathOf(RunFiles.Samples(variant))))
        {
            rows = await SampleParquet.ReadAsync(stream, cancellation);
        }

        await ReportFile.WriteAsync(PathOf(RunFiles.Samples(variant)), stream => SampleParquet.WriteAsync(stream, [.. rows.Select(change)], cancellation));
    }

    public async Task RewriteRequestsAsync(Func<RequestRow, IEnumerable<RequestRow>> change, CancellationToken cancellation)
    {
        IReadOnlyList<RequestRow> rows;
        await using (var stream = File.OpenRead(PathOf(RunFiles.Requests)))
        {
            rows = await RequestParquet.ReadAsync(stream, cancellation);
        }

        await ReportFile.WriteAsync(PathOf(RunFiles.Requests), stream => RequestParquet.WriteAsync(stream, [.. rows.SelectMany(change)], cancellation));
    }

    public async Task RewriteLoadAsync(Func<LoadPoint, IEnumerable<LoadPoint>> change, CancellationToken cancellation)
    {
        var load = await ReportFile.ReadAsync(PathOf(RunFiles.Load), OctetJson.Default.LoadReport, "load", cancellation);
        await ReportFile.WriteAsync(PathOf(RunFiles.Load), load with { Points = [.. load.Points.SelectMany(change)] }, OctetJson.Default.LoadReport, cancellation);
    }

    public async Task RewriteTasksAsync(string variant, Func<TaskReport, IEnumerable<TaskReport>> change, CancellationToken cancellation)
    {
        var results = await ReportFile.ReadAsync(PathOf(RunFiles.Results(variant)), OctetJson.Default.EvaluationReport, "evaluate", cancellation);
        await ReportFile.WriteAsync(PathOf(RunFiles.Results(variant)), results with { Tasks = [.. results.Tasks.SelectMany(change)] }, OctetJson.Default.EvaluationReport, cancellation);
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    /// <summary>Of 400 documents 300 are right with the base; the compressed model loses 4 of them and gains 2.</summary>
    private static bool IsRight(string variant, int document) =>
        variant == Variants.Base ? document < 300 : document is >= 4 and < 302;

    private static IEnumerable<SampleRow> Samples(string variant) => Tasks.SelectMany(task => Enumerable.Range(0, Documents).Select(document => IsRight(variant, document) ? Sample(task, document, 1, [-1, -2], 0) : Sample(task, document, 0, [-2, -1], 0)))
        .Concat(Enumerable.Range(0, 16).Select(window => Sample("mini_heldout", window, null, [(variant == Variants.Base ? -200.0 : -201.0) - (window % 4)], -1)));

    private static SampleRow Sample(string task, int document, double? score, double[] likelihoods, int gold) => new()
    {
        Task = task,
        Subject = "",
        DocId = document,
        DocHash = $"{task}-{document}",
        PromptHash = $"p{document}",
        Gold = gold,
        Choice = score is 0 ? 1 : gold,
        ChoiceNorm = score is 0 ? 1 : gold,
        LogLikelihoods = likelihoods,
        Tokens = 100,
        Response = "",
        InstructionIds = [],
        InstructionStrict = [],
        InstructionLoose = [],
        Score = score,
        Milliseconds = 1,
    };

    private static EvaluationReport Results(string variant) => new()
    {
        Variant = variant,
        Backend = "native",
        ToolVersions = Tools,
        Engine = "octet 1.2.3 bfloat16",
        Seconds = 9,
        Tasks =
        [
            .. Tasks.Select(task => new TaskReport { Task = task, Kind = TaskKind.MultipleChoice, PrimaryMetric = "acc", Documents = Documents, Metrics = new Dictionary<string, double> { ["acc"] = variant == Variants.Base ? 0.75 : 0.745 }, StandardErrors = new Dictionary<string, double> { ["acc"] = variant == Variants.Base ? Math.Sqrt(0.75 * 0.25 / 399) : Math.Sqrt(0.745 * 0.255 / 399) }, Seconds = 4 }),
            new TaskReport { Task = "mini_heldout", Kind = TaskKind.TextLikelihood, PrimaryMetric = "nll", Documents = 16, Metrics = new Dictionary<string, double> { ["nll"] = variant == Variants.Base ? 2.015 : 2.025 }, StandardErrors = new Dictionary<string, double>(), Seconds = 1 },
        ],
    };

    private static QuantizeReport Quantize() => new()
    {
        Backend = "native",
        ToolVersions = Tools,
        Scheme = "W8A8",
        Recipe = "data-free",
        ModelPath = "models/small",
        OutputPath = "models/small-int8-dynamic",
        BytesRead = 38_000_000,
        BytesWritten = 23_000_000,
        Seconds = 0.25,
        PeakMemoryBytes = 90_000_000,
        QuantizedTensors = 42,
        CopiedTensors = 14,
    };

    private static ArtifactReport Artifact() => new()
    {
        Passed = true,
        Problems = [],
        BaseBytes = 38_000_000,
        CompressedBytes = 23_000_000,
        Layers = [new LayerFidelity("model.layers.0.mlp.down_proj", 38.5, 0.99993), new LayerFidelity("model.layers.1.mlp.down_proj", 41.5, 0.99997)],
    };

    private static ServingReport Serving() => new() { Servers = [Server(Variants.Base, "small", 38_000_000), Server(Variants.Compressed, "small-int8-dynamic", 23_000_000)], ForbiddenDifferences = [], ExpectedDifferences = [], Direct = false };

    private static ServerFacts Server(string variant, string name, long bytes) => new()
    {
        Variant = variant,
        ServerUrl = "http://127.0.0.1:1",
        Endpoint = "http://127.0.0.1:2/v1",
        ServedModelName = name,
        Engine = "octet",
        EngineVersion = "1.2.3",
        Configuration = new Dictionary<string, string> { ["dtype"] = "bfloat16", ["max_num_seqs"] = "64" },
        CheckpointBytes = bytes + 1_500_000,
        WeightBytes = bytes,
        KvCacheTokens = 8192,
        KvCacheBytes = 1 << 20,
        MaxModelLen = 512,
        SecondsToReady = 1.5,
        ResidentBytes = bytes * 3,
    };

    /// <summary>16 output tokens; TTFT 20 ms and ITL 4 + streams / 4 ms for the base, 0.7 of it for the compressed model, and one thousandth a block.</summary>
    private static IEnumerable<RequestRow> Rows() =>
        from block in Enumerable.Range(0, Blocks)
        from streams in (int[])[1, 4, 16]
        from variant in (string[])[Variants.Base, Variants.Compressed]
        from index in Enumerable.Range(0, RequestsPerRun)
        let scale = (variant == Variants.Base ? 1 : 0.7) * (1 + (block * 0.001)) / 1000
        let duration = (20 + (15 * (4 + (streams / 4.0)))) * scale
        let sent = Window(streams, duration) is var window ? (window - duration) * index / (RequestsPerRun - 1) : 0
        let first = sent + (20 * scale)
        let last = first + (15 * (4 + (streams / 4.0)) * scale)
        select new RequestRow
        {
            Block = block,
            Order = variant == Variants.Base ? 0 : 1,
            Variant = variant,
            Concurrency = streams,
            Index = index,
            Scheduled = sent,
            Sent = sent,
            FirstToken = first,
            LastToken = last,
            Ended = last,
            PromptTokens = 128,
            OutputTokens = 16,
            Succeeded = true,
            Status = 200,
            Error = "",
            Measured = true,
        };

    private static LoadReport Load(RequestRow[] rows) => new()
    {
        Backend = "native",
        ToolVersions = Tools,
        PromptTokens = 128,
        OutputTokens = 16,
        Seed = 42,
        Seconds = 60,
        Points = [.. rows.GroupBy(row => (row.Block, row.Order, row.Variant, row.Concurrency)).Select(run => new LoadPoint
        {
            Block = run.Key.Block, Order = run.Key.Order, Variant = run.Key.Variant, Concurrency = run.Key.Concurrency, WindowStart = 0, WindowSeconds = Window(run.Key.Concurrency, run.First().Ended - run.First().Sent), Completed = RequestsPerRun, Failed = 0,
            OutputTokensPerSecond = 16 * run.Key.Concurrency / (run.First().Ended - run.First().Sent), RequestsPerSecond = run.Key.Concurrency / (run.First().Ended - run.First().Sent),
            TtftMs = Summary((run.First().FirstToken - run.First().Sent) * 1000), ItlMs = Summary((run.First().LastToken - run.First().FirstToken) * 1000 / 15), LatencyMs = Summary((run.First().Ended - run.First().Sent) * 1000),
            LatenessP99Ms = 0, PrefixCacheHitRate = 0, KvCacheUsage = 0.2, RequestsWaiting = 0,
        })],
    };

    /// <summary>As long as a run of this many streams takes: every request lies inside.</summary>
    private static double Window(int streams, double duration) => RequestsPerRun * duration / streams;

    private static LatencySummary Summary(double milliseconds) => new(RequestsPerRun, milliseconds, milliseconds, null, null);
}
