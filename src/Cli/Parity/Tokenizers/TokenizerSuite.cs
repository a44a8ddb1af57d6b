using System.Text.Json;
using Octet.Checkpoints.Tokenizers;

namespace Octet.Cli.Parity.Tokenizers;

/// <summary>Ids, decoded text and streamed text of one tokenizer against tokenizers' own.</summary>
public sealed class TokenizerSuite(string kind) : IParitySuite
{
    public string Name => "tokenizers/" + kind;

    public bool IsPresent(ParityFolders folders) => File.Exists(Path.Combine(Folder(folders), "cases.jsonl"));

    public Task<ParityResult> RunAsync(ParityFolders folders, CancellationToken cancellationToken)
    {
        var tally = new ParityTally();
        tally.Try(Name, () =>
        {
            var tokenizer = Tokenizer.Load(Folder(folders));
            Each(Path.Combine(Folder(folders), "cases.jsonl"), line => tally.Try("a case", () => Check(tally, tokenizer, line)), cancellationToken);
            Each(Path.Combine(Folder(folders), "decode_cases.jsonl"), line => tally.Try("a decode case", () => CheckDecode(tally, tokenizer, line)), cancellationToken);
        });
        return Task.FromResult(tally.Result("exact"));
    }

    private string Folder(ParityFolders folders) => Path.Combine(folders.Goldens, "tokenizers", kind);

    private static void Each(string path, Action<JsonElement> check, CancellationToken cancellationToken)
    {
        if (!File.Exists(path))
        {
            return;
        }

        // Texts hold U+0085 and U+2028: only \n ends a line.
        foreach (var line in File.ReadAllText(path).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var document = JsonDocument.Parse(line);
            check(document.RootElement);
        }
    }

    private static void Check(ParityTally tally, Tokenizer tokenizer, JsonElement line)
    {
        var id = line.GetProperty("id").GetString();
        var expected = Ints(line.GetProperty("ids"));
        var split = line.TryGetProperty("split_special_tokens", out var flag) && flag.GetBoolean();
        var ids = tokenizer.Encode(line.GetProperty("text").GetString()!, line.GetProperty("add_special_tokens").GetBoolean(), split);
        tally.Exact(ids.SequenceEqual(expected), () => $"{id} ids of {line.GetProperty("text").GetRawText()}: {string.Join(' ', ids)} instead of {string.Join(' ', expected)}");
        CheckTexts(tally, tokenizer, line, id, expected, []);
    }

    private static void CheckDecode(ParityTally tally, Tokenizer tokenizer, JsonElement line) =>
        CheckTexts(tally, tokenizer, line, line.GetProperty("id").GetString(), Ints(line.GetProperty("ids")), line.TryGetProperty("prompt_ids", out var prompt) ? Ints(prompt) : []);

    private static void CheckTexts(ParityTally tally, Tokenizer tokenizer, JsonElement line, string? id, int[] ids, int[] prompt)
    {
        CheckText("decode", tokenizer.Decode(ids, skipSpecialTokens: false));
        CheckText("decode_skip", tokenizer.Decode(ids));
        CheckStream("stream_skip", skip: true);
        CheckStream("stream", skip: false);

        void CheckText(string name, string actual)
        {
            var expected = line.GetProperty(name).GetString();
            tally.Exact(actual == expected, () => $"{id} {name}: '{actual}' instead of '{expected}'");
        }

        void CheckStream(string name, bool skip)
        {
            if (!line.TryGetProperty(name, out var expected))
            {
                return;
            }

            var stream = tokenizer.CreateDecodeStream(prompt, skip);
            var actual = ids.Select(stream.Step).ToArray();
            tally.Exact(actual.SequenceEqual(expected.EnumerateArray().Select(text => text.GetString())), () => $"{id} {name}: {JsonSerializer.Serialize(actual)} instead of {expected.GetRawText()}");
        }
    }

    private static int[] Ints(JsonElement list) => [.. list.EnumerateArray().Select(value => value.GetInt32())];
}
