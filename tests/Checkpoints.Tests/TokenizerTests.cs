using System.Text;
using System.Text.Json;
using Octet.Checkpoints.Tokenizers;
using Octet.TestSupport;
using Xunit;

namespace Octet.Checkpoints.Tests;

public sealed class TokenizerTests
{
    [Theory]
    [InlineData("llama3_style")]
    [InlineData("qwen2_style")]
    [InlineData("gpt2_style")]
    [InlineData("llama2_legacy")]
    public void Encode_RecordedCases_GivesTheRecordedIdsAndTexts(string kind)
    {
        var tokenizer = Tokenizer.Load(Folder(kind));
        foreach (var line in Lines(kind, "cases.jsonl"))
        {
            var split = line.TryGetProperty("split_special_tokens", out var flag) && flag.GetBoolean();
            var ids = Ints(line, "ids");
            Assert.Equal(ids, tokenizer.Encode(line.GetProperty("text").GetString()!, line.GetProperty("add_special_tokens").GetBoolean(), split));
            CheckTexts(tokenizer, line, ids, []);
        }
    }

    [Theory]
    [InlineData("llama3_style")]
    [InlineData("qwen2_style")]
    [InlineData("gpt2_style")]
    [InlineData("llama2_legacy")]
    public void Decode_IdsAsAModelMakesThem_GivesTheRecordedTexts(string kind)
    {
        var tokenizer = Tokenizer.Load(Folder(kind));
        Assert.All(Lines(kind, "decode_cases.jsonl"), line => CheckTexts(tokenizer, line, Ints(line, "ids"), Ints(line, "prompt_ids")));
    }

    [Fact]
    public void Encode_ByteFallback_GivesTheIdsOfStories260K()
    {
        var tokenizer = Tokenizer.Load(Fixtures.Model("stories260K"));
        using var document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Fixtures.Model("stories260K"), "expected", "tokenizer_cases.json")));
        foreach (var line in document.RootElement.EnumerateArray())
        {
            Assert.Equal(Ints(line, "ids"), tokenizer.Encode(line.GetProperty("text").GetString()!));
            Assert.Equal(line.GetProperty("decoded").GetString(), tokenizer.Decode(Ints(line, "ids")));
        }

        Assert.Equal((1, 2), (tokenizer.BosTokenId, tokenizer.EosTokenId));
    }

    [Theory]
    [InlineData("llama3_style")]
    [InlineData("gpt2_style")]
    public void Encode_AnyText_DecodesToItself(string kind)
    {
        var tokenizer = Tokenizer.Load(Folder(kind));
        var random = new Random(7);
        for (var i = 0; i < 500; i++)
        {
            var text = new StringBuilder();
            for (var j = random.Next(60); j > 0; j--)
            {
                var point = random.Next(6) switch { 0 => random.Next(0x20), 1 => random.Next(0x80, 0x3000), 2 => random.Next(0x1F300, 0x1FA00), 3 => ' ', _ => random.Next(0x20, 0x7F) };
                text.Append(Rune.IsValid(point) ? new Rune(point).ToString() : "?");
            }

            Assert.Equal(text.ToString(), tokenizer.Decode(tokenizer.Encode(text.ToString(), addSpecialTokens: false, splitSpecialTokens: true), skipSpecialTokens: false));
        }
    }

    [Fact]
    public void Load_MutatedFiles_FailOnlyWithACheckpointException()
    {
        var folder = Directory.CreateTempSubdirectory().FullName;
        var original = File.ReadAllBytes(Path.Combine(Fixtures.Model("stories260K"), "tokenizer.json"));
        var random = new Random(11);
        for (var i = 0; i < 300; i++)
        {
            var bytes = original.ToArray();
            for (var j = random.Next(1, 4); j > 0; j--)
            {
                bytes[random.Next(bytes.Length / (random.Next(2) == 0 ? 1 : 12))] = (byte)"{}[]\",:0a"[random.Next(9)];
            }

            File.WriteAllBytes(Path.Combine(folder, "tokenizer.json"), random.Next(10) == 0 ? bytes[..random.Next(bytes.Length)] : bytes);
            var failure = Record.Exception(() => Tokenizer.Load(folder).Encode("Once upon a time"));
            Assert.True(failure is null or CheckpointException, $"{failure}");
        }
    }

    [Theory]
    [InlineData("\"type\":\"BPE\"", "\"type\":\"Unigram\"", "Unigram")]
    [InlineData("\"type\":\"NFC\"", "\"type\":\"Lowercase\"", "Lowercase")]
    [InlineData("\\\\p{N}|", "\\\\p{Nd}|", "Split pattern")]
    public void Load_UnknownPart_IsRefusedByName(string from, string to, string named)
    {
        var folder = Directory.CreateTempSubdirectory().FullName;
        var text = File.ReadAllText(Path.Combine(Folder("qwen2_style"), "tokenizer.json"));
        Assert.Contains(from, text, StringComparison.Ordinal);
        File.WriteAllText(Path.Combine(folder, "tokenizer.json"), text.Replace(from, to, StringComparison.Ordinal));

        Assert.Contains(named, Assert.Throws<CheckpointException>(() => Tokenizer.Load(folder)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("In 1969,  42 x7", "In| |1|9|6|9|,|  |4|2| x|7")]
    [InlineData(" ٣²a", " |٣|²|a")]
    [InlineData("a \n9", "a| \n|9")]
    public void Encode_DigitsBeforeByteLevel_SplitsEveryNumberOff(string text, string words)
    {
        var folder = Directory.CreateTempSubdirectory().FullName;
        var json = File.ReadAllText(Path.Combine(Folder("gpt2_style"), "tokenizer.json"));
        const string ByteLevel = """{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":true}""";
        const string Before = "\"pre_tokenizer\":";
        Assert.Contains(Before + ByteLevel, json, StringComparison.Ordinal);
        var digits = $$"""{"type":"Sequence","pretokenizers":[{"type":"Digits","individual_digits":true},{{ByteLevel}}]}""";
        File.WriteAllText(Path.Combine(folder, "tokenizer.json"), json.Replace(Before + ByteLevel, Before + digits, StringComparison.Ordinal));
        var whole = Tokenizer.Load(Folder("gpt2_style"));

        Assert.Equal(words.Split('|').SelectMany(word => whole.Encode(word)), Tokenizer.Load(folder).Encode(text));
    }

    private static void CheckTexts(Tokenizer tokenizer, JsonElement line, int[] ids, int[] prompt)
    {
        Assert.Equal(line.GetProperty("decode").GetString(), tokenizer.Decode(ids, skipSpecialTokens: false));
        Assert.Equal(line.GetProperty("decode_skip").GetString(), tokenizer.Decode(ids));
        var stream = tokenizer.CreateDecodeStream(prompt);
        Assert.Equal(line.GetProperty("stream_skip").EnumerateArray().Select(text => text.GetString()), ids.Select(stream.Step));
    }

    private static string Folder(string kind) => Path.Combine(AppContext.BaseDirectory, "Data", "tokenizers", kind);

    private static int[] Ints(JsonElement line, string name) => [.. line.GetProperty(name).EnumerateArray().Select(value => value.GetInt32())];

    /// <summary>Texts hold U+0085 and U+2028: only \n ends a line.</summary>
    private static IEnumerable<JsonElement> Lines(string kind, string file) =>
        File.ReadAllText(Path.Combine(Folder(kind), file)).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement);
}
