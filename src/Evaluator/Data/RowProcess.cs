using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Octet.Evaluator.Python;

namespace Octet.Evaluator.Data;

/// <summary>lm-eval's <c>process_docs</c> of the tasks that have one, and the hub's form of rows that come in the original form.</summary>
public static partial class RowProcess
{
    /// <summary>Columns of an instruction's arguments on the hub, in its order.</summary>
    private static readonly string[] InstructionColumns =
    [
        "num_highlights", "relation", "num_words", "num_placeholders", "prompt_to_repeat", "num_bullets", "section_spliter", "num_sections", "capital_relation", "capital_frequency", "keywords", "num_paragraphs",
        "language", "let_relation", "letter", "let_frequency", "end_phrase", "forbidden_words", "keyword", "frequency", "num_sentences", "postscript_marker", "first_word", "nth_paragraph",
    ];

    /// <exception cref="FormatException">The row lacks a column.</exception>
    public static JsonElement Apply(string? process, JsonElement row)
    {
        try
        {
            return process switch
            {
                "hellaswag" => HellaSwag(row),
                "ifeval" => IfEval(row),
                _ => row.TryGetProperty("question", out var question) && question.ValueKind == JsonValueKind.Object ? Arc(row, question) : row,
            };
        }
        catch (Exception exception) when (exception is KeyNotFoundException or InvalidOperationException)
        {
            throw new FormatException(exception.Message, exception);
        }
    }

    /// <summary>lm-eval's clean-up of WikiHow artefacts.</summary>
    public static string CleanWikiHow(string text)
    {
        text = PythonText.Strip(text).Replace(" [title]", ". ", StringComparison.Ordinal);
        return Bracketed().Replace(text, "").Replace("  ", " ", StringComparison.Ordinal);
    }

    private static JsonElement HellaSwag(JsonElement row)
    {
        if (row.TryGetProperty("query", out _))
        {
            return WithLabel(row);
        }

        var context = $"{row.GetProperty("ctx_a").GetString()} {PythonText.Capitalize(row.GetProperty("ctx_b").GetString()!)}";
        var label = row.GetProperty("label");
        var made = JsonObject.Create(row)!;
        made["query"] = CleanWikiHow($"{row.GetProperty("activity_label").GetString()}: {context}");
        made["choices"] = new JsonArray([.. row.GetProperty("endings").EnumerateArray().Select(ending => JsonValue.Create(CleanWikiHow(ending.GetString()!)))]);
        made["gold"] = label.ValueKind == JsonValueKind.Number ? label.GetInt32() : int.TryParse(label.GetString(), out var gold) ? gold : throw new FormatException($"label '{label}' is not a number");
        return ToElement(made);
    }

    /// <summary>Rows that were processed before have no label.</summary>
    private static JsonElement WithLabel(JsonElement row)
    {
        if (row.TryGetProperty("label", out _))
        {
            return row;
        }

        var made = JsonObject.Create(row)!;
        made["label"] = row.GetProperty("gold").GetRawText();
        return ToElement(made);
    }

    private static JsonElement IfEval(JsonElement row)
    {
        var instructions = row.GetProperty("instruction_id_list").GetArrayLength();
        var arguments = row.GetProperty("kwargs").EnumerateArray().ToArray();
        if (instructions != arguments.Length)
        {
            throw new FormatException($"it has {instructions} instructions and {arguments.Length} kwargs");
        }

        if (arguments.All(given => given.EnumerateObject().Count() >= InstructionColumns.Length))
        {
            return row;
        }

        var made = JsonObject.Create(row)!;
        made["kwargs"] = new JsonArray([.. arguments.Select(given => (JsonNode)new JsonObject(InstructionColumns.Select(column =>
            KeyValuePair.Create(column, given.TryGetProperty(column, out var value) ? ToNode(value) : null))))]);
        return ToElement(made);
    }

    private static JsonElement Arc(JsonElement row, JsonElement question)
    {
        var choices = question.GetProperty("choices").EnumerateArray().ToArray();
        return ToElement(new JsonObject
        {
            ["id"] = row.GetProperty("id").GetString(),
            ["question"] = question.GetProperty("stem").GetString(),
            ["choices"] = new JsonObject { ["text"] = Column("text"), ["label"] = Column("label") },
            ["answerKey"] = row.GetProperty("answerKey").GetString(),
        });

        JsonArray Column(string name) => new([.. choices.Select(choice => JsonValue.Create(choice.GetProperty(name).GetString()))]);
    }

    private static JsonNode? ToNode(JsonElement value) => value.ValueKind == JsonValueKind.Null ? null : JsonNode.Parse(value.GetRawText());

    private static JsonElement ToElement(JsonObject made) => JsonSerializer.SerializeToElement(made);

    [GeneratedRegex(@"\[[^\n]*?\]", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Bracketed();
}
