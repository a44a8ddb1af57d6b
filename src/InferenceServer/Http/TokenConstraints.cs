using System.Globalization;
using System.Text.Json;
using Octet.Inference;
using Octet.InferenceServer.Hosting;

namespace Octet.InferenceServer.Http;

/// <summary>Fields that name tokens: <c>logit_bias</c>, <c>allowed_token_ids</c>, <c>bad_words</c>, <c>stop_token_ids</c>.</summary>
internal static class TokenConstraints
{
    private const float LargestBias = 100;

    /// <exception cref="ApiException">An id is outside the vocabulary or no id.</exception>
    public static SamplingParams Read(RequestFields fields, SamplingParams sampling, ServedModel model)
    {
        var vocabulary = model.Engine.Model.VocabSize;
        var bias = Bias(fields);
        Known("logit_bias", bias?.Keys, vocabulary);
        Known("stop_token_ids", sampling.StopTokenIds, vocabulary);
        var allowed = fields.Ints("allowed_token_ids");
        if (allowed is { Count: 0 })
        {
            throw ApiException.Bad("allowed_token_ids is not None and empty! (parameter=allowed_token_ids, value=[])", "allowed_token_ids");
        }

        Known("allowed_token_ids", allowed, vocabulary);
        return sampling with { LogitBias = bias, AllowedTokenIds = allowed, BadWords = BadWords(fields.Texts("bad_words"), model) };
    }

    private static Dictionary<int, float>? Bias(RequestFields fields)
    {
        if (!fields.TryGet("logit_bias", out var map))
        {
            return null;
        }

        if (map.ValueKind != JsonValueKind.Object)
        {
            throw ApiException.Invalid("logit_bias", "Input should be a valid dictionary", RequestFields.Show(map));
        }

        var unreadable = map.EnumerateObject().Select(member => member.Name).Where(name => !int.TryParse(name, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _)).ToList();
        if (unreadable.Count > 0)
        {
            var list = "[" + string.Join(", ", unreadable.Select(name => $"'{name}'")) + "]";
            throw ApiException.Bad($"logit_bias contains key(s) that cannot be converted to integer token IDs: {list} (parameter=logit_bias, value={list})", "logit_bias");
        }

        var entries = new RequestFields(map);
        return map.EnumerateObject().Select(member => member.Name).Distinct()
            .ToDictionary(name => int.Parse(name, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture), name => Math.Clamp(entries.Float(name) ?? 0, -LargestBias, LargestBias));
    }

    private static void Known(string name, IEnumerable<int>? ids, int vocabulary)
    {
        var unknown = ids?.Where(id => (uint)id >= (uint)vocabulary).ToList();
        if (unknown is { Count: > 0 })
        {
            var list = "[" + string.Join(", ", unknown) + "]";
            throw ApiException.Bad($"token_id(s) {list} in {name} contain out-of-vocab token ids. Vocabulary size: {vocabulary} (parameter={name}, value={list})", name);
        }
    }

    /// <summary>Each word as it reads at the beginning of a text and, where that has as many tokens but another first one, after a blank.</summary>
    private static List<IReadOnlyList<int>> BadWords(IReadOnlyList<string> words, ServedModel model)
    {
        var all = new List<IReadOnlyList<int>>();
        foreach (var word in words)
        {
            var plain = model.Tokenizer.Encode(word.TrimStart(), addSpecialTokens: false);
            var after = model.Tokenizer.Encode(" " + word.TrimStart(), addSpecialTokens: false);
            if (plain.Count == 0)
            {
                continue;
            }

            all.Add(plain);
            if (after.Count == plain.Count && after[0] != plain[0])
            {
                all.Add(after);
            }
        }

        return all;
    }
}
