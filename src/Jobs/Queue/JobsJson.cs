using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Octet.Contracts;

namespace Octet.Jobs.Queue;

/// <summary>JSON of the queue's own values: snake_case names.</summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.General,
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(JobProgress))]
[JsonSerializable(typeof(WorkerAnnouncement))]
internal sealed partial class JobsJson : JsonSerializerContext
{
    private static readonly OctetJson Messages = new(new JsonSerializerOptions(OctetJson.Default.Options) { WriteIndented = false });

    /// <summary>The contract of a job message or result, on one line.</summary>
    public static JsonTypeInfo<T> Message<T>() =>
        (JsonTypeInfo<T>)(Messages.GetTypeInfo(typeof(T)) ?? throw new ArgumentException($"{typeof(T)} is not a job message of the contracts"));
}
