using System.Text.Json;

namespace Octet.Cli.Parity.ChatTemplates;

/// <summary>Objects of a file, one a line. Texts may hold U+0085 and U+2028: only \n ends a line.</summary>
internal static class JsonLines
{
    public static IEnumerable<JsonElement> Read(string path, CancellationToken cancellationToken)
    {
        foreach (var line in File.ReadAllText(path).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return JsonElement.Parse(line);
        }
    }
}
