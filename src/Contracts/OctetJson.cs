using System.Text.Json;
using System.Text.Json.Serialization;
using Octet.Contracts.Jobs;
using Octet.Contracts.Results;
using Octet.Contracts.Runs;

namespace Octet.Contracts;

/// <summary>JSON of job messages and of the files in a run folder: snake_case names, enums as names, shared with the Python workers.</summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.General,
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DictionaryKeyPolicy = JsonKnownNamingPolicy.Unspecified,
    UseStringEnumConverter = true,
    WriteIndented = true,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(QuantizeJob))]
[JsonSerializable(typeof(EvaluateJob))]
[JsonSerializable(typeof(LoadTestJob))]
[JsonSerializable(typeof(SloSearchReport))]
[JsonSerializable(typeof(JobResult))]
[JsonSerializable(typeof(RunSpec))]
[JsonSerializable(typeof(Policy))]
[JsonSerializable(typeof(PreflightReport))]
[JsonSerializable(typeof(QuantizeReport))]
[JsonSerializable(typeof(ArtifactReport))]
[JsonSerializable(typeof(StandaloneReport))]
[JsonSerializable(typeof(ServingReport))]
[JsonSerializable(typeof(EvaluationReport))]
[JsonSerializable(typeof(DivergenceReport))]
[JsonSerializable(typeof(LoadReport))]
[JsonSerializable(typeof(OpenLoadReport))]
[JsonSerializable(typeof(SampleRow))]
public sealed partial class OctetJson : JsonSerializerContext;
