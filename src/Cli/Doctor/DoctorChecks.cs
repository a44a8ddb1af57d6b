using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Octet.Contracts.Results;
using Octet.Contracts.Runs;
using Octet.DemoModel;
using Octet.Inference.Kernels;
using Octet.Pipeline.Preflight;
using Octet.Pipeline.Runs;

namespace Octet.Cli.Doctor;

/// <summary>Everything that <c>octet doctor</c> looks at, in the order of its lines.</summary>
/// <param name="machine">GPU, containers, hub.</param>
/// <param name="root">The data root, a full path.</param>
/// <param name="image">Image that serves on a GPU.</param>
/// <param name="spec">A run to check for; null for the machine alone.</param>
internal sealed class DoctorChecks(MachineInspection machine, string root, string image, RunSpec? spec)
{
    private const long Gigabyte = 1L << 30;

    public async IAsyncEnumerable<PreflightCheck> RunAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        yield return new("runtime", CheckState.Passed, RuntimeInformation.FrameworkDescription + ", " + RuntimeInformation.OSDescription, "");
        yield return new("processors", CheckState.Passed, Environment.ProcessorCount.ToString(CultureInfo.InvariantCulture), "");
        var kernels = KernelSet.Choose(Environment.GetEnvironmentVariable(KernelSet.ForceVariable));
        yield return new("kernels", CheckState.Passed, $"{kernels.Name} (supported: {string.Join(", ", KernelSet.All.Where(set => set.IsSupported).Select(set => set.Name))})", "");
        yield return Memory();
        yield return Disk();
        yield return DemoModel();
        foreach (var check in await GpusAsync(cancellationToken))
        {
            yield return check;
        }

        yield return await MachineInspection.ContainersAsync(image, cancellationToken);
        foreach (var check in await machine.HubAsync(needed: false, cancellationToken))
        {
            yield return check;
        }

        foreach (var check in await PythonChecks.RunAsync(spec, cancellationToken))
        {
            yield return check;
        }
    }

    private PreflightCheck Memory()
    {
        var memory = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        if (spec is not null)
        {
            return MemoryNeed.Of(Shape(spec), spec, MemoryNeed.CpuBytesPerValue).OnCpu(memory);
        }

        var found = string.Create(CultureInfo.InvariantCulture, $"{memory / 1e9:0.0} GB");
        return memory > Gigabyte ? new("memory", CheckState.Passed, found, "") : new("memory", CheckState.Failed, found, "the demo run needs 1 GB");
    }

    private PreflightCheck Disk()
    {
        var free = new DriveInfo(Path.GetPathRoot(root) ?? "/").AvailableFreeSpace;
        var needed = spec is null ? Gigabyte : 2 * Shape(spec).WeightBytes;
        var found = string.Create(CultureInfo.InvariantCulture, $"{free / 1e9:0.0} GB free at {root}, {needed / 1e9:0.0} GB needed");
        return free > needed ? new("disk", CheckState.Passed, found, "") : new("disk", CheckState.Failed, found, "free space or choose another --data-root");
    }

    private static PreflightCheck DemoModel() => File.Exists(Path.Combine(DemoModelFiles.ModelDirectory, "config.json"))
        ? new("demo model", CheckState.Passed, DemoModelFiles.ModelDirectory, "")
        : new("demo model", CheckState.Failed, $"{DemoModelFiles.ModelDirectory} is missing", "name a model with octet run --model DIR");

    /// <summary>A GPU that cannot serve INT8, or is too small for the spec, is a failure only where the spec serves on it.</summary>
    private async Task<IReadOnlyList<PreflightCheck>> GpusAsync(CancellationToken cancellationToken)
    {
        var checks = new List<PreflightCheck>(await MachineInspection.GpuChecksAsync(cancellationToken));
        if (spec is not null)
        {
            var need = MemoryNeed.Of(Shape(spec), spec, MemoryNeed.GpuBytesPerValue);
            checks.AddRange((await MachineInspection.GpusAsync(cancellationToken)).Select(gpu => need.OnGpu(gpu, spec.Serve.GpuMemoryUtilization)));
        }

        var needed = spec?.Serve.Backend is "vllm" or "endpoint";
        return [.. checks.Select(check => check.State == CheckState.Failed && !needed ? check with { State = CheckState.Warning } : check)];
    }

    private static ModelShape Shape(RunSpec spec) => ModelShape.Read(ModelResolver.Resolve(spec.Model, new() { DemoModelPath = DemoModelFiles.ModelDirectory }));
}
