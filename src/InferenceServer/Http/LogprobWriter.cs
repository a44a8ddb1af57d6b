using System.Globalization;
using System.Text;
using System.Text.Json;
using Octet.Inference;
using Octet.InferenceServer.Hosting;

namespace Octet.InferenceServer.Http;

/// <summary>Logprobs in the forms of the two endpoints.</summary>
public static class LogprobWriter
{
    private const double Impossible = -9999.0;

    /// <summary>The completions form: parallel lists; top_logprobs maps token text to logprob, so equal texts overwrite each other as in vLLM.</summary>
    /// <param name="offset">Characters before the first of these tokens.</param>
    /// <returns>Characters after the last one.</returns>
    public static int WriteCompletion(Utf8JsonWriter writer, ServedModel model, IReadOnlyList<(int Id, PositionLogprobs? Logprobs)> tokens, bool asIds, int offset)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(tokens);
        var texts = tokens.Select(token => model.TokenText(token.Id, asIds)).ToArray();
        writer.WriteStartObject("logprobs");
        writer.WriteStartArray("text_offset");
        foreach (var text in texts)
        {
            writer.WriteNumberValue(offset);
            offset += CodePoints(text);
        }

        writer.WriteEndArray();
        writer.WriteStartArray("token_logprobs");
        foreach (var (_, logprobs) in tokens)
        {
            if (logprobs is null)
            {
                writer.WriteNullValue();
            }
            else
            {
                writer.WriteNumberValue(Finite(logprobs.Token.Logprob));
            }
        }

        writer.WriteEndArray();
        writer.WriteStartArray("tokens");
        foreach (var text in texts)
        {
            writer.WriteStringValue(text);
        }

        writer.WriteEndArray();
        writer.WriteStartArray("top_logprobs");
        foreach (var (_, logprobs) in tokens)
        {
            WriteTop(writer, model, logprobs, asIds);
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
        return offset;
    }

    /// <summary><c>token_id_logprobs</c>: per generated token the logprobs of the ids that were asked for, by id.</summary>
    public static void WriteByTokenId(Utf8JsonWriter writer, IEnumerable<PositionLogprobs> positions, IReadOnlyList<int> ids)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(positions);
        ArgumentNullException.ThrowIfNull(ids);
        writer.WriteStartArray("token_id_logprobs");
        foreach (var position in positions)
        {
            writer.WriteStartObject();
            foreach (var id in ids.Distinct())
            {
                writer.WriteNumber(id.ToString(CultureInfo.InvariantCulture), Finite(position.Top.First(entry => entry.TokenId == id).Logprob));
            }

            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    /// <summary><c>prompt_logprobs</c>: per prompt token null, or a map from id to logprob, rank and text.</summary>
    public static void WritePrompt(Utf8JsonWriter writer, ServedModel model, IReadOnlyList<PositionLogprobs?>? prompt)
    {
        ArgumentNullException.ThrowIfNull(writer);
        if (prompt is null)
        {
            writer.WriteNull("prompt_logprobs");
            return;
        }

        writer.WriteStartArray("prompt_logprobs");
        foreach (var position in prompt)
        {
            if (position is null)
            {
                writer.WriteNullValue();
                continue;
            }

            writer.WriteStartObject();
            foreach (var entry in position.Top.Prepend(position.Token).DistinctBy(entry => entry.TokenId))
            {
                writer.WriteStartObject(entry.TokenId.ToString(CultureInfo.InvariantCulture));
                writer.WriteNumber("logprob", Finite(entry.Logprob));
                writer.WriteNumber("rank", entry.Rank);
                writer.WriteString("decoded_token", model.TokenText(entry.TokenId, asId: false));
                writer.WriteEndObject();
            }

            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    /// <summary>The chat form: <c>{"content":[{token, logprob, bytes, top_logprobs}]}</c>.</summary>
    public static void WriteChat(Utf8JsonWriter writer, ServedModel model, IReadOnlyList<PositionLogprobs>? positions, int top, bool asIds)
    {
        ArgumentNullException.ThrowIfNull(writer);
        if (positions is null)
        {
            writer.WriteNull("logprobs");
            return;
        }

        writer.WriteStartObject("logprobs");
        writer.WriteStartArray("content");
        foreach (var position in positions)
        {
            writer.WriteStartObject();
            WriteEntry(writer, model, position.Token, asIds);
            writer.WriteStartArray("top_logprobs");
            foreach (var entry in position.Top.Take(top))
            {
                writer.WriteStartObject();
                WriteEntry(writer, model, entry, asIds);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static void WriteEntry(Utf8JsonWriter writer, ServedModel model, TokenLogprob entry, bool asIds)
    {
        var text = model.TokenText(entry.TokenId, asIds);
        writer.WriteString("token", text);
        writer.WriteNumber("logprob", Finite(entry.Logprob));
        writer.WriteStartArray("bytes");
        foreach (var value in Encoding.UTF8.GetBytes(text))
        {
            writer.WriteNumberValue(value);
        }

        writer.WriteEndArray();
    }

    private static void WriteTop(Utf8JsonWriter writer, ServedModel model, PositionLogprobs? position, bool asIds)
    {
        if (position is null)
        {
            writer.WriteNullValue();
            return;
        }

        var keys = new List<string>();
        var values = new Dictionary<string, float>(StringComparer.Ordinal);
        foreach (var entry in position.Top.Prepend(position.Token).DistinctBy(entry => entry.TokenId))
        {
            var key = model.TokenText(entry.TokenId, asIds);
            if (!values.ContainsKey(key))
            {
                keys.Add(key);
            }

            values[key] = entry.Logprob;
        }

        writer.WriteStartObject();
        foreach (var key in keys)
        {
            writer.WriteNumber(key, Finite(values[key]));
        }

        writer.WriteEndObject();
    }

    private static double Finite(float logprob) => float.IsFinite(logprob) ? logprob : Impossible;

    private static int CodePoints(string text) => text.EnumerateRunes().Count();
}
