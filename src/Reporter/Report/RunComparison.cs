using System.Text.Json.Serialization;
using Octet.Comparison.Accuracy;
using Octet.Comparison.Performance;
using Octet.Comparison.Verdicts;
using Octet.Contracts.Reporter.V1;
using Octet.Contracts.Results;
using Octet.Contracts.Runs;

namespace Octet.Reporter.Report;

/// <summary><c>comparison.json</c>: every number of the report.</summary>
public sealed record RunComparison
{
    public required int SchemaVersion { get; init; }

    /// <summary>Nothing was compressed: an A/A control of the method, whose gates ask for differences that are not there.</summary>
    public required bool IsControl { get; init; }

    /// <summary>GO of a control: no false difference.</summary>
    public required Verdict Verdict { get; init; }
    public required IReadOnlyList<string> Reasons { get; init; }

    /// <summary>What would decide each undecided critical gate, the cheapest first; empty when the verdict is decided.</summary>
    public required IReadOnlyList<NextMeasurement> NextMeasurements { get; init; }
    public required IReadOnlyList<GateResult> Gates { get; init; }
    public required IReadOnlyList<TaskComparison> Tasks { get; init; }

    /// <summary>Instruction-following tasks by instruction.</summary>
    public required IReadOnlyList<InstructionComparison> Instructions { get; init; }
    public required IReadOnlyList<TaskReport> BaseTasks { get; init; }
    public required IReadOnlyList<TaskReport> CompressedTasks { get; init; }
    public required LoadComparison Load { get; init; }

    /// <summary>Distance of the two models' distributions, which no gate uses; absent where the specification does not ask for it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DivergenceSummary? Divergence { get; init; }

    /// <summary>Null where the specification has no price, or a model meets the limits nowhere on the grid.</summary>
    public CostAtSlo? Cost { get; init; }
    public required ServingReport Serving { get; init; }
    public required QuantizeReport Quantize { get; init; }
    public required MachineFacts Machine { get; init; }
    public required string PolicySha256 { get; init; }

    /// <exception cref="OctetException">The evidence cannot be compared.</exception>
    public static RunComparison From(ReportInputs inputs) => From(inputs, MachineFacts.Read());

    /// <param name="inputs">What the stages left.</param>
    /// <param name="machine">The machine that measured.</param>
    /// <exception cref="OctetException">The evidence cannot be compared.</exception>
    public static RunComparison From(ReportInputs inputs, MachineFacts machine)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        var policy = inputs.JudgedPolicy;
        try
        {
            var tasks = TaskComparison.Together([.. inputs.BaseResults.Tasks.Where(task => task.Kind != TaskKind.TextLikelihood)
                .Select(task => TaskComparison.From(task, inputs.BaseSamples, inputs.CompressedSamples, policy.Alpha))]);
            var load = LoadComparison.From(inputs.Load, inputs.Requests, inputs.Spec.Slo, policy.Alpha);
            var isControl = inputs.Spec.Control;
            if (isControl != (inputs.Quantize.QuantizedTensors == 0))
            {
                throw new OctetException(FailureKind.Artifact, isControl
                    ? $"the control compares base with base, but {inputs.Quantize.QuantizedTensors} tensors were compressed; quantize.ignore must name all modules"
                    : $"nothing was compressed: quantize.ignore ({string.Join(", ", inputs.Spec.Quantize.Ignore)}) covers every module; shorten it, or ask for a control with octet run --aa");
            }

            var gates = isControl ? AaControl.Judge(policy, tasks, load) : new GateJudge(policy, inputs.BaseSamples, inputs.CompressedSamples, tasks, load, inputs.Serving).Judge();
            var (verdict, reasons) = VerdictRule.Decide(gates);
            return new RunComparison
            {
                SchemaVersion = ComparisonSchema.Version,
                IsControl = isControl,
                Verdict = verdict,
                Reasons = reasons,
                NextMeasurements = verdict == Verdict.Inconclusive && !isControl ? NextMeasurement.Of(gates, tasks, load, inputs.Spec.Policy, inputs.Spec.Look, Rates(inputs)) : [],
                Gates = gates,
                Tasks = tasks,
                Instructions = [.. inputs.BaseResults.Tasks.Where(task => task.Kind == TaskKind.InstructionFollowing)
                    .Select(task => InstructionComparison.From(task.Task, inputs.BaseSamples, inputs.CompressedSamples, policy.Alpha)).OfType<InstructionComparison>()],
                BaseTasks = inputs.BaseResults.Tasks,
                CompressedTasks = inputs.CompressedResults.Tasks,
                Load = load,
                Divergence = inputs.Divergence,
                Cost = CostAtSlo.Of(inputs.Spec.Price, load),
                Serving = inputs.Serving,
                Quantize = inputs.Quantize,
                Machine = machine,
                PolicySha256 = PolicyHash.Of(inputs.Spec.Policy),
            };
        }
        catch (ArgumentException exception)
        {
            throw new OctetException(FailureKind.Measurement, exception.Message, exception);
        }
    }

    private static MeasurementRates Rates(ReportInputs inputs)
    {
        var documents = Math.Max(1, inputs.BaseResults.Tasks.Sum(task => task.Documents));
        var pairs = Math.Max(1, inputs.Load.Points.Select(point => point.Block).Distinct().Count());
        return new MeasurementRates((inputs.BaseResults.Seconds + inputs.CompressedResults.Seconds) / documents, inputs.Load.Seconds / pairs, inputs.Spec.Evaluate.Limit);
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UseStringEnumConverter = true, WriteIndented = true, NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals)]
[JsonSerializable(typeof(RunComparison))]
[JsonSerializable(typeof(RunManifest))]
public sealed partial class ReportJson : JsonSerializerContext;
