using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Octet.Checkpoints.CompressedTensors;
using Octet.Checkpoints.Tokenizers;

namespace Octet.Checkpoints.Synthesis;

/// <summary>A byte-level tokenizer without merges: every byte is a token; the ids above them stand for made-up words, so that whatever a
/// model of random weights emits can be decoded.</summary>
internal static class SyntheticTokenizer
{
    private const string Bos = "<|begin|>";
    private const string Eos = "<|end|>";

    public static byte[] TokenizerJson(SyntheticShape shape) => Text(new JsonObject
    {
        ["version"] = "1.0",
        ["truncation"] = null,
        ["padding"] = null,
        ["added_tokens"] = new JsonArray(Special(shape.BosTokenId, Bos), Special(shape.EosTokenId, Eos)),
        ["normalizer"] = null,
        ["pre_tokenizer"] = ByteLevel(),
        ["post_processor"] = null,
        ["decoder"] = ByteLevel(),
        ["model"] = new JsonObject
        {
            ["type"] = "BPE",
            ["dropout"] = null,
            ["unk_token"] = null,
            ["continuing_subword_prefix"] = null,
            ["end_of_word_suffix"] = null,
            ["fuse_unk"] = false,
            ["byte_fallback"] = false,
            ["ignore_merges"] = false,
            ["vocab"] = Vocabulary(shape),
            ["merges"] = new JsonArray(),
        },
    });

    public static byte[] ConfigJson(SyntheticShape shape) => Text(new JsonObject
    {
        ["bos_token"] = Bos,
        ["chat_template"] = "{% for message in messages %}{{ message['role'] }}: {{ message['content'] }}\n{% endfor %}{% if add_generation_prompt %}assistant: {% endif %}",
        ["eos_token"] = Eos,
        ["model_max_length"] = shape.Context,
        ["tokenizer_class"] = "PreTrainedTokenizerFast",
    });

    private static byte[] Text(JsonObject value) => Encoding.UTF8.GetBytes(PythonJson.Dumps(value));

    private static JsonObject ByteLevel() => new() { ["type"] = "ByteLevel", ["add_prefix_space"] = false, ["trim_offsets"] = true, ["use_regex"] = true };

    private static JsonObject Special(int id, string content) => new()
    {
        ["id"] = id,
        ["content"] = content,
        ["single_word"] = false,
        ["lstrip"] = false,
        ["rstrip"] = false,
        ["normalized"] = false,
        ["special"] = true,
    };

    private static JsonObject Vocabulary(SyntheticShape shape)
    {
        var vocabulary = new JsonObject();
        for (var value = 0; value < 256; value++)
        {
            vocabulary[ByteAlphabet.Letter((byte)value).ToString()] = value;
        }

        for (var id = 256; id < shape.BosTokenId; id++)
        {
            vocabulary[string.Create(CultureInfo.InvariantCulture, $"\u0120w{id:x}")] = id;
        }

        return vocabulary;
    }
}
