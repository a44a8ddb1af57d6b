using System.Globalization;
using System.Text.Json;
using Octet.Contracts.Runs;

namespace Octet.Pipeline.Stages;

/// <summary>What must be true before anything is spent: model readable, scheme and backends there, room on the disk.</summary>
public sealed class PreflightStage : IStage
{
    /// <summary>The compressed model is at most as large as the original; twice leaves room for results.</summary>
    private const int DiskFactor = 2;

    public string Name => "preflight";

    public IReadOnlyList<string> Files => [RunFiles.Preflight];

    public string? CacheKey(StageContext context) => null;

    public async Task<string> RunAsync(StageContext context, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        var spec = context.Spec;
        Need(File.Exists(Path.Combine(context.ModelDirectory, "config.json")), FailureKind.Model, $"{context.ModelDirectory} has no config.json; give a Hugging Face model folder");
        Need(spec.Quantize.Scheme == "W8A8", FailureKind.Usage, $"quantize.scheme '{spec.Quantize.Scheme}' is not supported; use W8A8");
        Need(spec.Serve.Backend is "auto" or "offline" or "endpoint", FailureKind.BackendUnavailable, $"serve.backend '{spec.Serve.Backend}' is not there; use auto, offline or endpoint");
        foreach (var (stage, backend) in (ReadOnlySpan<(string, string)>)[("quantize", spec.Quantize.Backend), ("evaluate", spec.Evaluate.Backend), ("load", spec.Load.Backend)])
        {
            Need(backend is "auto" or "native", FailureKind.BackendUnavailable, $"{stage}.backend '{backend}' is not there: no such worker is connected; use native");
        }

        var modelBytes = new DirectoryInfo(context.ModelDirectory).EnumerateFiles().Sum(file => file.Length);
        var free = new DriveInfo(context.Root.FullPath).AvailableFreeSpace;
        Need(free > modelBytes * DiskFactor, FailureKind.Storage, $"{context.Root.FullPath} has {free >> 20} MiB free, this run needs about {(modelBytes * DiskFactor) >> 20} MiB; free space or choose another --data-root");
        var memory = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        Need(memory > modelBytes * DiskFactor, FailureKind.Model, $"both models need about {(modelBytes * DiskFactor) >> 20} MiB of memory, this machine has {memory >> 20} MiB");
        await ReportFile.WriteAsync(context.Folder.PathOf(RunFiles.Preflight), stream => WriteAsync(stream, context, modelBytes, free, memory));
        return string.Create(CultureInfo.InvariantCulture, $"{context.ModelName}, {modelBytes / 1e6:0.0} MB; {free >> 30} GiB disk and {memory >> 30} GiB memory free");
    }

    private static async Task WriteAsync(Stream stream, StageContext context, long modelBytes, long free, long memory)
    {
        await using var writer = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true });
        writer.WriteStartObject();
        writer.WriteString("model_path", context.ModelDirectory);
        writer.WriteString("model_sha256", context.ModelHash);
        writer.WriteNumber("model_bytes", modelBytes);
        writer.WriteNumber("disk_free_bytes", free);
        writer.WriteNumber("memory_bytes", memory);
        writer.WriteNumber("processors", Environment.ProcessorCount);
        writer.WriteString("operating_system", System.Runtime.InteropServices.RuntimeInformation.OSDescription);
        writer.WriteEndObject();
    }

    private static void Need(bool condition, FailureKind kind, string message)
    {
        if (!condition)
        {
            throw new OctetException(kind, message);
        }
    }
}
