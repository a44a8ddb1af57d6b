using System.Text.Json;

namespace Octet.InferenceServer.Http;

/// <summary>The prompt of a completion: text, texts, ids, or lists of ids.</summary>
public static class PromptReader
{
    private const string Empty = "The decoder prompt cannot be empty";
    private const string Missing = "Either prompt or prompt_embeds must be provided and non-empty. (parameter=prompt)";

    /// <param name="fields">The body.</param>
    /// <param name="vocabulary">Ids must be below it.</param>
    /// <param name="encode">Tokenizer for texts.</param>
    /// <exception cref="ApiException">The prompt is missing, empty or of a wrong type.</exception>
    public static IReadOnlyList<IReadOnlyList<int>> Read(RequestFields fields, int vocabulary, Func<string, IReadOnlyList<int>> encode)
    {
        ArgumentNullException.ThrowIfNull(encode);
        if (!fields.TryGet("prompt", out var prompt) || (prompt.ValueKind == JsonValueKind.String && prompt.GetString()!.Length == 0))
        {
            throw ApiException.Bad(Missing, "prompt");
        }

        return prompt.ValueKind switch
        {
            JsonValueKind.String => [encode(prompt.GetString()!)],
            JsonValueKind.Array => List(prompt, vocabulary, encode),
            _ => throw ApiException.Invalid("prompt", "Input should be a valid list", RequestFields.Show(prompt)),
        };
    }

    private static IReadOnlyList<IReadOnlyList<int>> List(JsonElement prompt, int vocabulary, Func<string, IReadOnlyList<int>> encode)
    {
        if (prompt.GetArrayLength() == 0)
        {
            throw ApiException.Bad("You must pass at least one prompt");
        }

        var items = prompt.EnumerateArray().ToList();
        if (items.TrueForAll(IsId))
        {
            return [Ids(prompt, vocabulary)];
        }

        if (items.TrueForAll(item => item.ValueKind == JsonValueKind.String))
        {
            return [.. items.Select(item => item.GetString() is { Length: > 0 } text ? encode(text) : throw ApiException.Bad(Empty))];
        }

        if (items.TrueForAll(item => item.ValueKind == JsonValueKind.Array && item.EnumerateArray().All(IsId)))
        {
            return [.. items.Select(item => Ids(item, vocabulary))];
        }

        // A prompt may be ids, lists of ids, text or texts; the first thing that keeps it from being ids is named.
        var at = items.FindIndex(item => !IsId(item));
        throw ApiException.Invalid($"prompt.{at}", "Input should be a valid non-negative integer", RequestFields.Show(items[at]));
    }

    private static bool IsId(JsonElement item) => item.ValueKind == JsonValueKind.Number && item.TryGetInt64(out var id) && id >= 0;

    private static int[] Ids(JsonElement list, int vocabulary)
    {
        var ids = new int[list.GetArrayLength()];
        var i = 0;
        foreach (var item in list.EnumerateArray())
        {
            var id = item.GetInt64();
            ids[i++] = id < vocabulary ? (int)id : throw ApiException.Bad($"Token id {id} is out of vocabulary");
        }

        return ids.Length > 0 ? ids : throw ApiException.Bad(Empty);
    }
}
