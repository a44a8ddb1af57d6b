using System.Text.Json;
using Octet.Checkpoints.Tokenizers;
using Octet.Contracts.Runs;
using Octet.Evaluator.Divergence;
using Octet.Evaluator.Scoring;

namespace Octet.Cli.Remedy;

/// <summary>Pieces of text as token ids.</summary>
internal static class TextWindows
{
    /// <param name="path">Plain text, or JSONL with a <c>text</c> in every line.</param>
    /// <param name="tokenizer">Of the model.</param>
    /// <param name="window">Tokens of a piece at most.</param>
    /// <param name="positions">Enough pieces for so many tokens to predict.</param>
    /// <exception cref="OctetException">The file is missing, malformed or empty.</exception>
    public static IReadOnlyList<int[]> Read(string path, Tokenizer tokenizer, int window, int positions)
    {
        var encoder = new PairEncoder(tokenizer);
        var windows = new List<int[]>();
        var found = 0;
        foreach (var pair in Texts(path).SelectMany(text => encoder.Windows(text, window)))
        {
            windows.Add(pair.Ids(pair.Length));
            found += pair.Length - 1;
            if (found >= positions)
            {
                break;
            }
        }

        return found > 0 ? windows : throw new OctetException(FailureKind.Dataset, $"{path} has no tokens to predict");
    }

    private static IEnumerable<string> Texts(string path)
    {
        var text = TextFile.Read(path);
        return Path.GetExtension(path) == ".jsonl" ? text.Split('\n').Index().Where(line => line.Item.Trim().Length > 0).Select(line => TextOf(path, line.Index + 1, line.Item)) : [text];
    }

    private static string TextOf(string path, int number, string line)
    {
        try
        {
            using var row = JsonDocument.Parse(line);
            return row.RootElement.GetProperty("text").GetString() ?? throw new KeyNotFoundException("its text is null");
        }
        catch (Exception failure) when (failure is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new OctetException(FailureKind.Dataset, $"{path}:{number}: {failure.Message.ReplaceLineEndings(" ")}; a line is {{\"text\": ...}}", failure);
        }
    }
}
