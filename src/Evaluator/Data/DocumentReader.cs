using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Octet.Contracts.Runs;
using Octet.Evaluator.Python;
using Octet.Evaluator.Tasks;

namespace Octet.Evaluator.Data;

/// <summary>Turns rows into documents as lm-eval's task definitions do.</summary>
public static partial class DocumentReader
{
    private static readonly string[] Letters = ["A", "B", "C", "D"];

    /// <param name="task">The task.</param>
    /// <param name="folder">Folder of the data sets.</param>
    /// <param name="limit">Documents to take; null for all. For tasks with subjects: of each subject, as lm-eval does.</param>
    /// <exception cref="OctetException">Kind Dataset: missing file or malformed row.</exception>
    public static IReadOnlyList<EvalDocument> Read(TaskDefinition task, string folder, int? limit)
    {
        ArgumentNullException.ThrowIfNull(task);
        var documents = new List<EvalDocument>();
        var perSubject = new Dictionary<string, int>(StringComparer.Ordinal);
        var index = 0;
        foreach (var row in RowReader.Read(task, folder))
        {
            var document = Convert(task, row, index++);
            var taken = perSubject[document.Subject] = perSubject.GetValueOrDefault(document.Subject) + 1;
            if (limit is null || taken <= limit)
            {
                documents.Add(document);
            }
            else if (document.Subject.Length == 0)
            {
                break;
            }
        }

        return documents.Count > 0 ? documents : throw new OctetException(FailureKind.Dataset, $"task {task.Name} has no documents in {folder}");
    }

    private static EvalDocument Convert(TaskDefinition task, JsonElement row, int index)
    {
        try
        {
            return task.Form switch
            {
                TaskForm.Mmlu => Mmlu(row, index),
                TaskForm.Arc => Arc(row, index),
                TaskForm.HellaSwag => HellaSwag(row, index),
                TaskForm.IfEval => IfEval(row, index),
                _ => new EvalDocument { DocId = index, Hash = PythonJson.Hash(row), Context = row.GetProperty("text").GetString()! },
            };
        }
        catch (Exception exception) when (exception is KeyNotFoundException or InvalidOperationException or FormatException or ArgumentOutOfRangeException)
        {
            throw new OctetException(FailureKind.Dataset, $"task {task.Name}: row {index + 1} is not of the form {task.Form} ({exception.Message})", exception);
        }
    }

    private static EvalDocument Mmlu(JsonElement row, int index)
    {
        var subject = row.GetProperty("subject").GetString()!;
        var choices = row.GetProperty("choices").EnumerateArray().Select(choice => choice.GetString()!).ToArray();
        var prompt = new StringBuilder($"The following are multiple choice questions (with answers) about {subject.Replace('_', ' ')}.\n\n");
        prompt.Append(row.GetProperty("question").GetString()!.Trim());
        for (var i = 0; i < Letters.Length; i++)
        {
            prompt.Append(CultureInfo.InvariantCulture, $"\n{Letters[i]}. {choices[i]}");
        }

        return new EvalDocument
        {
            DocId = index,
            Subject = subject,
            Hash = PythonJson.Hash(row),
            Context = prompt.Append("\nAnswer:").ToString(),
            Choices = Letters,
            Gold = row.GetProperty("answer").GetInt32(),
        };
    }

    private static EvalDocument Arc(JsonElement row, int index)
    {
        var hub = row.GetProperty("question").ValueKind == JsonValueKind.Object ? ArcFromOriginal(row) : row;
        var labels = hub.GetProperty("choices").GetProperty("label").EnumerateArray().Select(label => label.GetString()!).ToArray();
        var gold = Array.IndexOf(labels, hub.GetProperty("answerKey").GetString());
        return new EvalDocument
        {
            DocId = index,
            Hash = PythonJson.Hash(hub),
            Context = $"Question: {hub.GetProperty("question").GetString()}\nAnswer:",
            Choices = [.. hub.GetProperty("choices").GetProperty("text").EnumerateArray().Select(text => text.GetString()!)],
            Gold = gold >= 0 ? gold : throw new FormatException($"answer '{hub.GetProperty("answerKey")}' is not among the labels"),
        };
    }

    private static JsonElement ArcFromOriginal(JsonElement row)
    {
        var question = row.GetProperty("question");
        var choices = question.GetProperty("choices").EnumerateArray().ToArray();
        return JsonSerializer.SerializeToElement(new JsonObject
        {
            ["id"] = row.GetProperty("id").GetString(),
            ["question"] = question.GetProperty("stem").GetString(),
            ["choices"] = new JsonObject
            {
                ["text"] = new JsonArray([.. choices.Select(choice => JsonValue.Create(choice.GetProperty("text").GetString()))]),
                ["label"] = new JsonArray([.. choices.Select(choice => JsonValue.Create(choice.GetProperty("label").GetString()))]),
            },
            ["answerKey"] = row.GetProperty("answerKey").GetString(),
        });
    }

    private static EvalDocument HellaSwag(JsonElement row, int index)
    {
        if (row.TryGetProperty("query", out var query))
        {
            return new EvalDocument
            {
                DocId = index,
                Hash = PythonJson.Hash(row),
                Context = query.GetString()!,
                Choices = [.. row.GetProperty("choices").EnumerateArray().Select(choice => choice.GetString()!)],
                Gold = row.GetProperty("gold").GetInt32(),
            };
        }

        var context = $"{row.GetProperty("ctx_a").GetString()} {PythonText.Capitalize(row.GetProperty("ctx_b").GetString()!)}";
        var label = row.GetProperty("label");
        return new EvalDocument
        {
            DocId = index,
            Hash = PythonJson.Hash(row),
            Context = Preprocess($"{row.GetProperty("activity_label").GetString()}: {context}"),
            Choices = [.. row.GetProperty("endings").EnumerateArray().Select(ending => Preprocess(ending.GetString()!))],
            Gold = label.ValueKind == JsonValueKind.String ? int.Parse(label.GetString()!, CultureInfo.InvariantCulture) : label.GetInt32(),
        };
    }

    private static EvalDocument IfEval(JsonElement row, int index)
    {
        var ids = row.GetProperty("instruction_id_list").EnumerateArray().Select(id => id.GetString()!).ToArray();
        var arguments = row.GetProperty("kwargs").EnumerateArray().ToArray();
        return new EvalDocument
        {
            DocId = index,
            Hash = PythonJson.Hash(row),
            Context = row.GetProperty("prompt").GetString()!,
            Instructions = ids.Length == arguments.Length ? [.. ids.Zip(arguments)] : throw new FormatException($"{ids.Length} instructions, {arguments.Length} kwargs"),
        };
    }

    /// <summary>lm-eval's clean-up of WikiHow artefacts.</summary>
    internal static string Preprocess(string text)
    {
        text = PythonText.Strip(text).Replace(" [title]", ". ", StringComparison.Ordinal);
        return Bracketed().Replace(text, "").Replace("  ", " ", StringComparison.Ordinal);
    }

    [GeneratedRegex(@"\[[^\n]*?\]", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Bracketed();
}
