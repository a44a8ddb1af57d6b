using System.Globalization;
using System.Text.Json;
using Octet.Evaluator.Python;
using Octet.Evaluator.Tasks;

namespace Octet.Evaluator.Data;

/// <summary>Turns rows of one task into documents. Thread-safe.</summary>
public sealed class DocumentMaker
{
    private readonly TaskLeaf _leaf;
    private readonly TaskTemplate _text;
    private readonly TaskTemplate? _choice;
    private readonly TaskTemplate _target;
    private readonly TaskTemplate _description;

    /// <exception cref="Contracts.Runs.OctetException">Kind Usage: a template is not valid.</exception>
    public DocumentMaker(TaskLeaf leaf)
    {
        ArgumentNullException.ThrowIfNull(leaf);
        _leaf = leaf;
        var task = leaf.Task;
        _text = new TaskTemplate(task, "doc_to_text", task.Text);
        _choice = task.Choice is null ? null : new TaskTemplate(task, "doc_to_choice", task.Choice);
        _target = new TaskTemplate(task, "doc_to_target", task.Target);
        _description = new TaskTemplate(task, "description", task.Description);
    }

    /// <param name="row">Row of the data set.</param>
    /// <param name="index">Its position.</param>
    /// <exception cref="FormatException">The row does not have what the task's templates need.</exception>
    public EvalDocument Make(JsonElement row, int index)
    {
        var task = _leaf.Task;
        var json = RowProcess.Apply(task.ProcessDocs, row);
        var subject = _leaf.Subject.Length > 0 ? _leaf.Subject : task.SubjectColumn && json.TryGetProperty("subject", out var column) ? column.GetString() ?? "" : "";
        IReadOnlyList<string> choices = task.Output != OutputType.MultipleChoice ? [] : task.Choices ?? _choice!.List(json);
        var target = task.ProcessDocs == "wikitext" ? WikitextText.Detokenize(json.GetProperty("page").GetString()!) : _target.Text(json);
        var gold = task.Output == OutputType.MultipleChoice ? Index(target, choices) : -1;
        return new EvalDocument
        {
            Leaf = _leaf,
            DocId = index,
            Json = json,
            Hash = PythonJson.Hash(json),
            Subject = subject,
            Description = _description.Text(WithSubject(json)),
            Text = _text.Text(json),
            Choices = choices,
            Gold = gold,
            Answer = gold >= 0 ? choices[gold] : target,
            Target = gold >= 0 ? gold.ToString(CultureInfo.InvariantCulture) : target,
        };
    }

    private JsonElement WithSubject(JsonElement json) => _leaf.Subject.Length == 0 ? json : JsonSerializer.SerializeToElement(new Dictionary<string, string> { ["subject"] = _leaf.Subject });

    private static int Index(string target, IReadOnlyList<string> choices)
    {
        var index = int.TryParse(target, CultureInfo.InvariantCulture, out var number) ? number : choices.ToList().IndexOf(target);
        return index >= 0 && index < choices.Count ? index : throw new FormatException($"the right answer '{target}' is none of its {choices.Count} choices");
    }
}
