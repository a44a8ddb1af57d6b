using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Octet.Cli.Parity.LmEval;

/// <summary>What the recorded server knew: logprobs of prompts by the hash of their ids.</summary>
internal sealed class RecordedPrompts
{
    private const int KeyLength = 24;
    private readonly Dictionary<string, (int Length, int From, JsonElement Line, int[] Ids)> _prompts = new(StringComparer.Ordinal);

    public RecordedPrompts(string path)
    {
        int[] previous = [];
        foreach (var line in RecordedLines.Read(path))
        {
            int[] ids = [.. previous[..line.GetProperty("p").GetInt32()], .. line.GetProperty("s").EnumerateArray().Select(id => id.GetInt32())];
            var from = line.TryGetProperty("from", out var first) ? first.GetInt32() : ids.Length;
            _prompts[line.GetProperty("k").GetString()!] = (ids.Length, from, line, ids);
            previous = ids;
        }
    }

    public static string Key(IEnumerable<int> ids) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"[{string.Join(',', ids)}]")))[..KeyLength];

    public bool Knows(string key) => _prompts.ContainsKey(key);

    /// <summary>Writes one choice of an echoed prompt, as vLLM does: a null first, the top token beside each, one generated token at the end.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="index">Position of the prompt in its request.</param>
    /// <param name="key">Of the prompt.</param>
    /// <param name="constant">Logprob of every token instead of those recorded.</param>
    public void Write(Utf8JsonWriter writer, int index, string key, double? constant)
    {
        var (length, from, line, ids) = _prompts[key];
        writer.WriteStartObject();
        writer.WriteNumber("index", index);
        writer.WriteString("text", "");
        writer.WriteStartObject("logprobs");
        writer.WriteStartArray("token_logprobs");
        for (var i = 0; i <= length; i++)
        {
            if (i == 0)
            {
                writer.WriteNullValue();
            }
            else
            {
                writer.WriteNumberValue(constant ?? (i == length ? Next(line) : i < from ? -1.5 : line.GetProperty("lp")[i - from].GetDouble()));
            }
        }

        writer.WriteEndArray();
        writer.WriteStartArray("top_logprobs");
        for (var i = 0; i <= length; i++)
        {
            WriteTop(writer, i, length, from, line, ids, constant);
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
        writer.WriteString("finish_reason", "length");
        writer.WriteEndObject();
    }

    private static double Next(JsonElement line) => line.TryGetProperty("next", out var next) && next.ValueKind == JsonValueKind.Array ? next[1].GetDouble() : -1;

    private static void WriteTop(Utf8JsonWriter writer, int position, int length, int from, JsonElement line, int[] ids, double? constant)
    {
        if (position == 0)
        {
            writer.WriteNullValue();
            return;
        }

        writer.WriteStartObject();
        if (constant is { } value)
        {
            writer.WriteNumber("token", value);
        }
        else if (position < length && position >= from)
        {
            writer.WriteNumber($"token_id:{ids[position]}", line.GetProperty("lp")[position - from].GetDouble());
            if (line.GetProperty("top")[position - from] is { ValueKind: JsonValueKind.Array } top)
            {
                writer.WriteNumber($"token_id:{top[0].GetInt32()}", top[1].GetDouble());
            }
        }
        else
        {
            writer.WriteNumber("token", position == length ? Next(line) : -1.5);
        }

        writer.WriteEndObject();
    }
}
