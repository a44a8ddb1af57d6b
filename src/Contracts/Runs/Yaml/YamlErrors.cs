using System.Text;

namespace Octet.Contracts.Runs.Yaml;

/// <summary>A place in a YAML text; both numbers start at 1.</summary>
internal readonly record struct YamlPlace(int Line, int Column);

/// <summary>Every error of one YAML text, in the order of their lines.</summary>
/// <param name="source">What the user calls the text: a file name.</param>
internal sealed class YamlErrors(string source)
{
    private const int MostShown = 50;
    private readonly List<(YamlPlace Place, string Message)> _errors = [];

    public bool IsEmpty => _errors.Count == 0;

    public void Add(YamlPlace place, string message) => _errors.Add((place, message));

    /// <exception cref="OctetException">At least one error was added: kind Usage, one line per error.</exception>
    public void ThrowIfAny()
    {
        if (!IsEmpty)
        {
            throw new OctetException(FailureKind.Usage, Describe());
        }
    }

    private string Describe()
    {
        var lines = _errors.OrderBy(error => error.Place.Line).ThenBy(error => error.Place.Column).Take(MostShown).Select(Line).ToList();
        if (lines.Count == 1)
        {
            return lines[0];
        }

        var text = new StringBuilder($"{source} has {_errors.Count} errors:");
        lines.ForEach(line => text.Append('\n').Append("  ").Append(line));
        return _errors.Count > MostShown ? text.Append($"\n  and {_errors.Count - MostShown} more").ToString() : text.ToString();
    }

    private string Line((YamlPlace Place, string Message) error) => $"{source}:{error.Place.Line}:{error.Place.Column}: {error.Message}";
}
