using System.Text.Json;
using System.Text.RegularExpressions;
using Octet.Checkpoints.ChatTemplates;
using Octet.Contracts.Runs;
using Octet.Evaluator.Tasks;

namespace Octet.Evaluator.Data;

/// <summary>A key of a task file that is a column's name, a Jinja template over the columns, or a plain text. Templates run in the sandbox of chat
/// templates, under its limits.</summary>
public sealed partial class TaskTemplate
{
    private static readonly ChatTemplateLimits Limits = new() { TemplateLength = 1 << 14, Steps = 200_000, Size = 1 << 22, Time = TimeSpan.FromSeconds(2) };
    private readonly string _source;
    private readonly ChatTemplate? _template;
    private readonly ChatTemplate? _list;

    /// <summary>Columns that expressions begin with; not known when the template has names of its own.</summary>
    private readonly string[] _columns = [];

    /// <exception cref="OctetException">Kind Usage: the template is not valid.</exception>
    public TaskTemplate(TaskDefinition task, string key, string source)
    {
        ArgumentNullException.ThrowIfNull(task);
        ArgumentNullException.ThrowIfNull(source);
        _source = source;
        if (!source.Contains("{{", StringComparison.Ordinal) && !source.Contains("{%", StringComparison.Ordinal))
        {
            return;
        }

        try
        {
            _template = ChatTemplate.Parse(source, limits: Limits);
            _columns = source.Contains("{%", StringComparison.Ordinal) ? [] : [.. FirstName().Matches(source).Select(match => match.Groups[1].Value).Distinct()];
            var whole = source.Trim();
            _list = whole.StartsWith("{{", StringComparison.Ordinal) && whole.EndsWith("}}", StringComparison.Ordinal) && whole.IndexOf("{{", 2, StringComparison.Ordinal) < 0
                ? ChatTemplate.Parse($"{{{{ ({whole[2..^2].Trim('-')}) | tojson }}}}", limits: Limits)
                : null;
        }
        catch (ChatTemplateException failure)
        {
            throw new OctetException(FailureKind.Usage, $"task {task.Name}: {key}: {failure.Message}", failure);
        }
    }

    /// <exception cref="FormatException">The row lacks what the template needs, or rendering exceeds its limits.</exception>
    public string Text(JsonElement row)
    {
        if (_template is null)
        {
            return row.TryGetProperty(_source, out var column) ? column.ValueKind == JsonValueKind.String ? column.GetString()! : column.GetRawText() : _source;
        }

        // Jinja drops one line end at the end of a template; lm-eval keeps it.
        return Render(_template, row) + (_source.EndsWith('\n') ? "\n" : "");
    }

    /// <summary>The texts of a list.</summary>
    /// <exception cref="FormatException">It is not a list of texts.</exception>
    public IReadOnlyList<string> List(JsonElement row)
    {
        var list = _list is not null ? JsonElement.Parse(Render(_list, row))
            : row.TryGetProperty(_source, out var column) ? column
            : throw new FormatException($"the row has no column '{_source}'");
        return list.ValueKind == JsonValueKind.Array && list.GetArrayLength() > 0 && list.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String)
            ? [.. list.EnumerateArray().Select(item => item.GetString()!)]
            : throw new FormatException($"'{_source}' is not a list of texts");
    }

    private string Render(ChatTemplate template, JsonElement row)
    {
        if (_columns.FirstOrDefault(column => !row.TryGetProperty(column, out _)) is { } missing)
        {
            throw new FormatException($"the row has no column '{missing}'");
        }

        try
        {
            return template.RenderVariables(row.EnumerateObject().ToDictionary(property => property.Name, property => property.Value));
        }
        catch (ChatTemplateException failure)
        {
            throw new FormatException(failure.Message, failure);
        }
    }

    [GeneratedRegex(@"\{\{-?\s*\(*([A-Za-z_]\w*)(?!\w*\s*\()", RegexOptions.CultureInvariant, 2000)]
    private static partial Regex FirstName();
}
