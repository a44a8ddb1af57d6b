using System.Text.Json;
using System.Text.Json.Serialization;
using Octet.Contracts.Results;
using Octet.Contracts.Runs;

namespace Octet.Evaluator.Tasks;

/// <summary>How a row of the data set becomes prompt and choices.</summary>
public enum TaskForm
{
    /// <summary>cais/mmlu: question, subject, choices, answer; choices are the letters A to D.</summary>
    Mmlu,

    /// <summary>allenai/ai2_arc: question, choices{text,label}, answerKey.</summary>
    Arc,

    /// <summary>Rowan/hellaswag: activity_label, ctx_a, ctx_b, endings, label.</summary>
    HellaSwag,

    /// <summary>google/IFEval: prompt, instruction_id_list, kwargs.</summary>
    IfEval,

    /// <summary>text: one window of prose.</summary>
    Text,
}

/// <summary>One task, as its file in <c>Tasks/Definitions</c> says it.</summary>
public sealed record TaskDefinition
{
    public required string Name { get; init; }
    public required TaskKind Kind { get; init; }
    public required TaskForm Form { get; init; }

    /// <summary>Metric that decides a document: acc, acc_norm, prompt_level_strict_acc or nll.</summary>
    public required string PrimaryMetric { get; init; }

    /// <summary>Files that may hold the rows, relative to the folder of the data sets; the first that exists is taken.</summary>
    public required IReadOnlyList<string> Files { get; init; }

    /// <summary>Longest generation in tokens.</summary>
    public int MaxGenTokens { get; init; } = 1280;

    /// <summary>The texts are English by construction: case instructions need no language detection.</summary>
    public bool AssumeEnglish { get; init; }
}

/// <summary>The tasks that are built in.</summary>
public static class TaskCatalog
{
    private const string Prefix = "Octet.Evaluator.Tasks.Definitions.";
    private static readonly Lazy<IReadOnlyDictionary<string, TaskDefinition>> Tasks = new(Load);

    public static IReadOnlyDictionary<string, TaskDefinition> All => Tasks.Value;

    /// <exception cref="OctetException">Kind Usage: a name is not known.</exception>
    public static TaskDefinition Find(string name) => All.TryGetValue(name, out var task)
        ? task
        : throw new OctetException(FailureKind.Usage, $"task '{name}' is not known; known are {string.Join(", ", All.Keys.Order(StringComparer.Ordinal))}");

    private static Dictionary<string, TaskDefinition> Load()
    {
        var assembly = typeof(TaskCatalog).Assembly;
        return assembly.GetManifestResourceNames().Where(name => name.StartsWith(Prefix, StringComparison.Ordinal))
            .Select(name =>
            {
                using var stream = assembly.GetManifestResourceStream(name)!;
                return JsonSerializer.Deserialize(stream, TaskJson.Default.TaskDefinition)!;
            })
            .ToDictionary(task => task.Name, StringComparer.Ordinal);
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UseStringEnumConverter = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(TaskDefinition))]
internal sealed partial class TaskJson : JsonSerializerContext;
