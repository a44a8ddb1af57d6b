using System.Text.RegularExpressions;

namespace Octet.Checkpoints.CompressedTensors;

/// <summary>Which Linear modules a scheme leaves alone: full names, class names or <c>re:</c> patterns (matched at the start, as Python's re.match).</summary>
public sealed class IgnoreList
{
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private readonly List<Regex> _patterns = [];

    /// <exception cref="CheckpointException">A pattern is not a regular expression that can be matched in linear time.</exception>
    public IgnoreList(IEnumerable<string> entries)
    {
        ArgumentNullException.ThrowIfNull(entries);
        foreach (var entry in entries)
        {
            if (!entry.StartsWith("re:", StringComparison.Ordinal))
            {
                _names.Add(entry);
                continue;
            }

            try
            {
                _patterns.Add(new Regex($@"\A(?:{entry[3..]})", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant));
            }
            catch (Exception exception) when (exception is ArgumentException or NotSupportedException)
            {
                throw new CheckpointException($"ignore pattern '{entry}' cannot be used: {exception.Message}", exception);
            }
        }
    }

    /// <param name="module">Full module name, for example <c>model.layers.0.mlp.up_proj</c>.</param>
    public bool Contains(string module) => _names.Contains(module) || _names.Contains("Linear") || _patterns.Any(pattern => pattern.IsMatch(module));
}
