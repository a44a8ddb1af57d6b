using Octet.Contracts.Runs;

namespace Octet.Reporter.Report;

/// <summary>Where a row of the report comes from.</summary>
/// <param name="Row">Section and name, as "accuracy mini_arc" or "load 16 streams".</param>
/// <param name="Stage">That measured it.</param>
/// <param name="Run">The run in which that stage worked: an earlier one where its results were reused.</param>
/// <param name="TraceId">W3C trace of that stage in that run; null where nothing was traced.</param>
/// <param name="Files">That the row is made from.</param>
public sealed record ReportRow(string Row, string Stage, string Run, string? TraceId, IReadOnlyList<string> Files)
{
    private static readonly string[] Samples = [RunFiles.Samples(Variants.Base), RunFiles.Samples(Variants.Compressed)];
    private static readonly string[] Requests = [RunFiles.Load, RunFiles.Requests];

    /// <summary>The report's gates, tasks, loads, memory, artefact and layers.</summary>
    public static IReadOnlyList<ReportRow> Of(ReportInputs inputs, RunComparison comparison)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(comparison);
        var own = StageTraces.Read(Path.Combine(inputs.Folder, RunFiles.Events));
        var origins = StageTraces.Origins(Path.Combine(inputs.Folder, RunFiles.Events));
        return
        [
            .. comparison.Gates.Select(gate => GateRow(gate.Name, gate.Metric)),
            .. comparison.BaseTasks.Select(task => From($"accuracy {task.Task}", "evaluate", Samples)),
            .. comparison.Load.Points.Select(point => From($"load {point.Concurrency} streams", "load", Requests)),
            .. comparison.Serving.Servers.Select(server => From($"memory {server.Variant}", "serve", [RunFiles.Serving])),
            From("compressed model", "quantize", [RunFiles.Quantize]),
            From("layers", "verify", [RunFiles.Artifact]),
        ];

        ReportRow GateRow(string name, GateMetric metric) => metric switch
        {
            GateMetric.MeanAccuracy or GateMetric.TaskAccuracy or GateMetric.MeanNll => From($"gate {name}", "evaluate", Samples),
            GateMetric.WeightMemory => From($"gate {name}", "serve", [RunFiles.Serving]),
            _ => From($"gate {name}", "load", Requests),
        };

        ReportRow From(string row, string stage, string[] files) => origins.TryGetValue(stage, out var run)
            ? new ReportRow(row, stage, run, StageTraces.Read(EventsOf(inputs.Folder, run)).GetValueOrDefault(stage), files)
            : new ReportRow(row, stage, Path.GetFileName(inputs.Folder), own.GetValueOrDefault(stage), files);
    }

    /// <summary>The events of a run beside this one.</summary>
    internal static string EventsOf(string folder, string run) => Path.Combine(Path.GetDirectoryName(folder)!, run, RunFiles.Events);
}
