using System.Globalization;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Octet.Inference.Compute;
using Octet.Inference.Kernels;

namespace Octet.Benchmarks;

/// <summary>INT8 beside BF16, and both beside what the machine can do, in one run.</summary>
internal static class LinearReport
{
    public static void Run(TextWriter output)
    {
        var config = ManualConfig.CreateEmpty()
            .AddJob(Job.Default.WithToolchain(InProcessEmitToolchain.Instance).WithWarmupCount(3).WithIterationCount(12))
            .AddLogger(NullLogger.Instance)
            .AddColumnProvider(BenchmarkDotNet.Columns.DefaultColumnProviders.Instance);
        MachineLimits before, after;
        using (var pool = new ComputePool(Environment.ProcessorCount))
        {
            before = MachineLimits.Measure(pool);
        }

        var summary = BenchmarkRunner.Run<LinearBenchmark>(config);
        using (var pool = new ComputePool(Environment.ProcessorCount))
        {
            after = MachineLimits.Measure(pool);
        }

        // The limits before and after tell whether the machine was quiet; the higher ones count.
        var limits = new MachineLimits(
            Math.Max(before.ReadBandwidth, after.ReadBandwidth), Math.Max(before.Int8Operations, after.Int8Operations), Math.Max(before.FloatOperations, after.FloatOperations));
        WriteMachine(output, limits, before, after);
        WriteTable(output, summary, limits);
    }

    private static void WriteMachine(TextWriter output, MachineLimits limits, MachineLimits before, MachineLimits after)
    {
        var info = BenchmarkDotNet.Environments.HostEnvironmentInfo.GetCurrent();
        output.WriteLine(FormattableString.Invariant($"{info.Cpu.Value?.ProcessorName}, {Environment.ProcessorCount} threads, {info.RuntimeVersion}, kernels {KernelSet.Choose(Environment.GetEnvironmentVariable(KernelSet.ForceVariable)).Name}"));
        output.WriteLine(FormattableString.Invariant($"limits: read {limits.ReadBandwidth / 1e9:0.0} GB/s ({before.ReadBandwidth / 1e9:0.0} before, {after.ReadBandwidth / 1e9:0.0} after), INT8 {limits.Int8Operations / 1e9:0} Gop/s, FP32 {limits.FloatOperations / 1e9:0} Gop/s"));
        output.WriteLine(FormattableString.Invariant($"layer: {LinearBenchmark.Outputs} x {LinearBenchmark.Inputs}, weights from memory"));
    }

    private static void WriteTable(TextWriter output, Summary summary, MachineLimits limits)
    {
        output.WriteLine("| tokens | weights | median us | GB/s | of the read limit | Gop/s | of the arithmetic limit | INT8 over BF16 | allocated |");
        output.WriteLine("|---|---|---|---|---|---|---|---|---|");
        var reports = summary.Reports.Select(report => (Tokens: (int)report.BenchmarkCase.Parameters["Tokens"], Kind: (LinearBenchmark.Kind)report.BenchmarkCase.Parameters["Weights"], Report: report)).ToList();
        foreach (var (tokens, kind, report) in reports.OrderBy(entry => entry.Tokens).ThenBy(entry => entry.Kind))
        {
            var seconds = Median(report);
            var int8 = kind == LinearBenchmark.Kind.Int8;
            var bytes = (double)LinearBenchmark.Inputs * LinearBenchmark.Outputs * (int8 ? 1 : 2) / seconds;
            var operations = 2.0 * LinearBenchmark.Inputs * LinearBenchmark.Outputs * tokens / seconds;
            var other = Median(reports.First(entry => entry.Tokens == tokens && entry.Kind == LinearBenchmark.Kind.BFloat16).Report);
            var ratio = int8 ? (other / seconds).ToString("0.00", CultureInfo.InvariantCulture) : "";
            output.WriteLine(FormattableString.Invariant($"| {tokens} | {kind} | {seconds * 1e6:0} | {bytes / 1e9:0.0} | {bytes / limits.ReadBandwidth:0%} | {operations / 1e9:0} | {operations / (int8 ? limits.Int8Operations : limits.FloatOperations):0%} | {ratio} | {report.GcStats.GetBytesAllocatedPerOperation(report.BenchmarkCase)} B |"));
        }
    }

    private static double Median(BenchmarkReport report) => (report.ResultStatistics ?? throw new InvalidOperationException("a benchmark did not run")).Median / 1e9;
}
