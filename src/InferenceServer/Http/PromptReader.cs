using System.Text.Json;

namespace Octet.InferenceServer.Http;

/// <summary>The prompt of a completion: text, texts, ids, or lists of ids.</summary>
public static class PromptReader
{
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

        return prompt[0].ValueKind switch
        {
            JsonValueKind.String => [.. prompt.EnumerateArray().Select((item, i) => Text(item, i, encode))],
            JsonValueKind.Number => [Ids(prompt, "prompt", vocabulary)],
            _ => [.. prompt.EnumerateArray().Select((item, i) => Ids(item, $"prompt.{i}", vocabulary))],
        };
    }

    private static IReadOnlyList<int> Text(JsonElement item, int index, Func<string, IReadOnlyList<int>> encode)
    {
        if (item.ValueKind != JsonValueKind.String)
        {
            throw ApiException.Invalid($"prompt.{index}", "Input should be a valid string", RequestFields.Show(item));
        }

        return item.GetString() is { Length: > 0 } text ? encode(text) : throw ApiException.Bad("The decoder prompt cannot be empty");
    }

    private static int[] Ids(JsonElement list, string path, int vocabulary)
    {
        if (list.ValueKind != JsonValueKind.Array)
        {
            throw ApiException.Invalid(path, "Input should be a valid list", RequestFields.Show(list));
        }

        var ids = new int[list.GetArrayLength()];
        var i = 0;
        foreach (var item in list.EnumerateArray())
        {
            if (item.ValueKind != JsonValueKind.Number || !item.TryGetInt64(out var id) || id < 0)
            {
                throw ApiException.Invalid($"{path}.{i}", "Input should be a valid non-negative integer", RequestFields.Show(item));
            }

            ids[i++] = id < vocabulary ? (int)id : throw ApiException.Bad($"Token id {id} is out of vocabulary");
        }

        return ids.Length > 0 ? ids : throw ApiException.Bad("The decoder prompt cannot be empty");
    }
}
