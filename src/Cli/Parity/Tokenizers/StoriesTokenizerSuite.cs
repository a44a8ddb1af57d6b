using System.Text.Json;
using Octet.Checkpoints.Tokenizers;

namespace Octet.Cli.Parity.Tokenizers;

/// <summary>The byte-fallback BPE of stories260K.</summary>
public sealed class StoriesTokenizerSuite : IParitySuite
{
    public string Name => "models/stories260K/tokenizer";

    public bool IsPresent(ParityFolders folders) => File.Exists(Cases(folders));

    public Task<ParityResult> RunAsync(ParityFolders folders, CancellationToken cancellationToken)
    {
        var tally = new ParityTally();
        tally.Try(Name, () =>
        {
            var tokenizer = Tokenizer.Load(Path.Combine(folders.Goldens, "models", "stories260K"));
            using var document = JsonDocument.Parse(File.ReadAllBytes(Cases(folders)));
            foreach (var line in document.RootElement.EnumerateArray())
            {
                var text = line.GetProperty("text").GetString()!;
                var expected = line.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32()).ToArray();
                var ids = tokenizer.Encode(text);
                tally.Exact(ids.SequenceEqual(expected), () => $"ids of '{text}': {string.Join(' ', ids)} instead of {string.Join(' ', expected)}");
                var decoded = line.GetProperty("decoded").GetString();
                tally.Exact(tokenizer.Decode(expected) == decoded, () => $"text '{tokenizer.Decode(expected)}' instead of '{decoded}'");
            }
        });
        return Task.FromResult(tally.Result("exact"));
    }

    private static string Cases(ParityFolders folders) => Path.Combine(folders.Goldens, "models", "stories260K", "expected", "tokenizer_cases.json");
}
