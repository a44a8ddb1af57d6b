using System.Globalization;
using System.Runtime.InteropServices;
using Grpc.Core;
using Octet.Contracts;
using Octet.Contracts.Evaluator.V1;
using Octet.Contracts.Grpc;
using Octet.Contracts.Results;
using Octet.Contracts.Runs;
using Octet.Pipeline.Backends;
using Octet.Pipeline.Preflight;

namespace Octet.Pipeline.Stages;

/// <summary>What must be true before anything is spent: model readable, scheme and backends there, room on disk and in memory.</summary>
public sealed class PreflightStage(BackendChooser backends, MachineInspection machine, EvaluatorService.EvaluatorServiceClient evaluator) : IStage
{
    /// <summary>The compressed model is at most as large as the original; twice leaves room for results.</summary>
    private const int DiskFactor = 2;

    private static readonly string[] Calibrated = ["gptq", "smoothquant-gptq"];

    public string Name => "preflight";

    public IReadOnlyList<string> Files => [RunFiles.Preflight];

    public string? CacheKey(StageContext context) => null;

    public async Task<string> RunAsync(StageContext context, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        var spec = context.Spec;
        Need(spec.Quantize.Scheme == "W8A8", FailureKind.Usage, $"quantize.scheme '{spec.Quantize.Scheme}' is not supported; use W8A8");
        Need(spec.Serve.Backend is "auto" or "native" or "endpoint", FailureKind.BackendUnavailable, $"serve.backend '{spec.Serve.Backend}' is not there: octet run serves itself; start vLLM (docs/aspire.md) and give its addresses with backend endpoint, or use auto");
        var shape = ModelShape.Read(context.ModelDirectory);
        context.Backends = await backends.ChooseAsync(spec, cancellationToken);
        var modelBytes = new DirectoryInfo(context.ModelDirectory).EnumerateFiles().Sum(file => file.Length);
        var free = new DriveInfo(context.Root.FullPath).AvailableFreeSpace;
        var memory = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        var checks = new List<PreflightCheck> { Disk(context.Root.FullPath, modelBytes, free), Recipe(spec, context.Backend(StageNames.Quantize)) };
        checks.AddRange(await PlacesAsync(spec, shape, memory, cancellationToken));
        checks.Add(await DatasetsAsync(context, cancellationToken));
        if (Calibrated.Contains(spec.Quantize.Recipe))
        {
            checks.AddRange(await machine.HubAsync(needed: true, cancellationToken));
        }

        await ReportFile.WriteAsync(context.Folder.PathOf(RunFiles.Preflight), Report(context, modelBytes, free, memory, checks), OctetJson.Default.PreflightReport, cancellationToken);
        if (checks.Find(check => check.State == CheckState.Failed) is { } failed)
        {
            throw new OctetException(KindOf(failed), $"{failed.Name}: {failed.Found}; {failed.Fix}");
        }

        var warnings = string.Concat(checks.Where(check => check.State == CheckState.Warning).Select(check => $"; {check.Name}: {check.Found} ({check.Fix})"));
        return string.Create(CultureInfo.InvariantCulture, $"{context.ModelName}, {modelBytes / 1e6:0.0} MB; {free >> 30} GiB disk and {memory >> 30} GiB memory free; {string.Join(", ", context.Backends.Select(Describe))}{warnings}");
    }

    private static async Task<IReadOnlyList<PreflightCheck>> PlacesAsync(RunSpec spec, ModelShape shape, long memory, CancellationToken cancellationToken)
    {
        if (spec.Serve.Backend != "endpoint")
        {
            return [MemoryNeed.Of(shape, spec, MemoryNeed.CpuBytesPerValue).OnCpu(memory)];
        }

        // The servers run already, perhaps elsewhere: a GPU of this machine is looked at, and can only warn.
        var need = MemoryNeed.Of(shape, spec, MemoryNeed.GpuBytesPerValue);
        var gpus = await MachineInspection.GpusAsync(cancellationToken);
        return [.. gpus.SelectMany(gpu => (PreflightCheck[])[Int8Support.Check(gpu), need.OnGpu(gpu, spec.Serve.GpuMemoryUtilization)])
            .Select(check => check.State == CheckState.Failed ? check with { State = CheckState.Warning } : check)];
    }

    /// <summary>The rows of every task, as the evaluator that will read them finds them.</summary>
    /// <exception cref="OctetException">A task is not known, or its rows are nowhere.</exception>
    private async Task<PreflightCheck> DatasetsAsync(StageContext context, CancellationToken cancellationToken)
    {
        var spec = context.Spec.Evaluate;
        var folder = context.Root.ResolveReadable(spec.Datasets ?? context.Options.DemoTasksPath);
        Need(Directory.Exists(folder), FailureKind.Dataset, $"tasks {string.Join(", ", spec.Tasks)}: the folder of data sets {folder} does not exist; name another with --datasets DIR or evaluate.datasets, or leave it out");
        Need(spec.Divergence is not { } divergence || File.Exists(context.Root.ResolveReadable(divergence.File)), FailureKind.Dataset, $"evaluate.divergence: the file {spec.Divergence?.File} does not exist; name another, or leave divergence out");
        if (context.Backend(StageNames.Evaluate).Backend != "native")
        {
            return new("data sets", CheckState.Passed, $"{folder}; the worker looks for the tasks' files there", "");
        }

        var request = new CheckTasksRequest { DatasetsPath = folder, TaskFolder = spec.TaskFolder ?? "" };
        request.Tasks.AddRange(spec.Tasks);
        if (spec.NumFewshot is { } shots)
        {
            request.NumFewshot = shots;
        }

        try
        {
            await evaluator.CheckTasksAsync(request, cancellationToken: cancellationToken);
            return new("data sets", CheckState.Passed, $"{spec.Tasks.Count} tasks in {folder} or on the hub", "");
        }
        catch (RpcException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw GrpcFailure.FromRpc(exception, "evaluator");
        }
    }

    private static PreflightCheck Disk(string root, long modelBytes, long free)
    {
        var found = $"{root} has {free >> 20} MiB free, this run needs about {(modelBytes * DiskFactor) >> 20} MiB";
        return free > modelBytes * DiskFactor ? new("disk", CheckState.Passed, found, "") : new("disk", CheckState.Failed, found, "free space or choose another --data-root");
    }

    private static PreflightCheck Recipe(RunSpec spec, BackendChoice quantizer) =>
        quantizer.Backend == "native" && spec.Quantize.Recipe != "data-free"
            ? new("recipe", CheckState.Failed, $"the native quantizer makes recipe data-free, not {spec.Quantize.Recipe}", "use quantize.backend python (docs/python-workers.md) or recipe data-free")
            : new("recipe", CheckState.Passed, $"{spec.Quantize.Recipe} by {quantizer.Backend}", "");

    private static FailureKind KindOf(PreflightCheck check) => check.Name switch
    {
        "disk" => FailureKind.Storage,
        "memory" => FailureKind.Model,
        _ => FailureKind.BackendUnavailable,
    };

    private static string Describe(KeyValuePair<string, BackendChoice> choice) =>
        $"{choice.Key} by {choice.Value.Backend}{(choice.Value.Versions.TryGetValue(Distribution(choice.Value.Backend), out var version) ? " " + version : "")}";

    /// <summary>The tool's name among the versions that its worker announces.</summary>
    private static string Distribution(string backend) => backend switch
    {
        "llm-compressor" => "llmcompressor",
        "lm-eval" => "lm_eval",
        _ => backend,
    };

    private static PreflightReport Report(StageContext context, long modelBytes, long free, long memory, IReadOnlyList<PreflightCheck> checks) => new()
    {
        ModelPath = context.ModelDirectory,
        ModelSha256 = context.ModelHash,
        ModelBytes = modelBytes,
        DiskFreeBytes = free,
        MemoryBytes = memory,
        Processors = Environment.ProcessorCount,
        OperatingSystem = RuntimeInformation.OSDescription,
        PolicySha256 = PolicyHash.Of(context.Spec.Policy),
        Look = context.Spec.Look,
        Backends = context.Backends!,
        Checks = checks,
    };

    private static void Need(bool condition, FailureKind kind, string message)
    {
        if (!condition)
        {
            throw new OctetException(kind, message);
        }
    }
}
