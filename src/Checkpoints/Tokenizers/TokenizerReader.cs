using System.Text.Json;

namespace Octet.Checkpoints.Tokenizers;

/// <summary>Reads tokenizer.json. Parts that are not known are refused by name, never guessed.</summary>
internal static class TokenizerReader
{
    private const long MostBytes = 256L << 20;

    public static Tokenizer Read(string directory)
    {
        var path = Path.Combine(directory, "tokenizer.json");
        using var document = Parse(path, required: true)!;
        try
        {
            var parts = Parts(document.RootElement);
            using var config = Parse(Path.Combine(directory, "tokenizer_config.json"), required: false);
            return new Tokenizer(parts, Named(config, "bos_token", parts), Named(config, "eos_token", parts));
        }
        catch (Exception exception) when (exception is InvalidOperationException or KeyNotFoundException or FormatException or OverflowException)
        {
            throw new CheckpointException($"{path}: not a tokenizer of the known form ({exception.Message})", exception);
        }
        catch (CheckpointException exception)
        {
            throw new CheckpointException($"{path}: {exception.Message}", exception);
        }
    }

    private static JsonDocument? Parse(string path, bool required)
    {
        var file = new FileInfo(path);
        if (!file.Exists)
        {
            return required ? throw new CheckpointException($"{path} is missing; a model folder needs its tokenizer") : null;
        }

        if (file.Length > MostBytes)
        {
            throw new CheckpointException($"{path} has {file.Length} bytes, more than the {MostBytes} that a tokenizer may have");
        }

        try
        {
            return JsonDocument.Parse(File.ReadAllBytes(path));
        }
        catch (JsonException exception)
        {
            throw new CheckpointException($"{path}: malformed JSON at line {exception.LineNumber + 1}", exception);
        }
    }

    private static TokenizerParts Parts(JsonElement root)
    {
        var model = root.GetProperty("model");
        Require(model, "BPE", "model");
        var added = root.TryGetProperty("added_tokens", out var list) ? list.EnumerateArray().Select(Added).ToList() : [];
        var vocabulary = model.GetProperty("vocab").EnumerateObject().ToDictionary(entry => entry.Name, entry => entry.Value.GetInt32(), StringComparer.Ordinal);
        var (preTokenizer, byteLevel, metaspace) = PreTokenizerOf(Optional(root, "pre_tokenizer"));
        var ids = new Dictionary<string, int>(vocabulary, StringComparer.Ordinal);
        added.ForEach(token => ids[token.Content] = token.Id);
        var normalize = NormalizerOf(Optional(root, "normalizer"));
        var (before, after) = TemplateOf(Optional(root, "post_processor"));
        return new TokenizerParts
        {
            Added = added,
            Splitter = new AddedTokens(added, normalize),
            PreTokenizer = preTokenizer,
            Metaspace = metaspace,
            Model = new BpeModel(vocabulary, Merges(model.GetProperty("merges")), Settings(model, byteLevel)),
            Decoder = DecoderOf(Optional(root, "decoder")),
            Before = before,
            After = after,
            Ids = ids,
            Pieces = Pieces(ids, added, normalize),
        };
    }

    /// <summary>Tokens by id. A normalized added token reads as its normalized form, as in tokenizers.</summary>
    private static string?[] Pieces(Dictionary<string, int> ids, List<AddedToken> added, Func<string, string> normalize)
    {
        var highest = ids.Values.Max();
        if (ids.Values.Min() < 0 || highest > (ids.Count * 4) + 65536)
        {
            throw new CheckpointException($"token ids run from {ids.Values.Min()} to {highest} for {ids.Count} tokens");
        }

        var pieces = new string?[highest + 1];
        foreach (var (piece, id) in ids)
        {
            pieces[id] = piece;
        }

        foreach (var token in added.Where(token => token.Normalized))
        {
            pieces[token.Id] = normalize(token.Content);
        }

        return pieces;
    }

    private static BpeSettings Settings(JsonElement model, bool byteLevel)
    {
        foreach (var name in (ReadOnlySpan<string>)["dropout", "continuing_subword_prefix", "end_of_word_suffix"])
        {
            if (Optional(model, name) is { ValueKind: not JsonValueKind.Null } value && !(value.ValueKind == JsonValueKind.String && value.GetString() == ""))
            {
                throw new CheckpointException($"BPE with {name} is not supported");
            }
        }

        return new BpeSettings(byteLevel, Flag(model, "byte_fallback"), Flag(model, "fuse_unk"), Flag(model, "ignore_merges"), Optional(model, "unk_token")?.GetString());
    }

    private static List<(string, string)> Merges(JsonElement merges) => [.. merges.EnumerateArray().Select(merge =>
    {
        if (merge.ValueKind == JsonValueKind.Array)
        {
            return (merge[0].GetString()!, merge[1].GetString()!);
        }

        var parts = merge.GetString()!.Split(' ');
        return parts.Length == 2 ? (parts[0], parts[1]) : throw new CheckpointException($"merge '{merge.GetString()}' does not have two parts");
    })];

    private static AddedToken Added(JsonElement token) => new(
        token.GetProperty("id").GetInt32(), token.GetProperty("content").GetString()!,
        Flag(token, "single_word"), Flag(token, "lstrip"), Flag(token, "rstrip"), Flag(token, "normalized"), Flag(token, "special"));

    private static Func<string, string> NormalizerOf(JsonElement? normalizer)
    {
        if (normalizer is not { } value)
        {
            return static text => text;
        }

        switch (Type(value))
        {
            case "NFC":
                return CanonicalComposition.Normalize;
            case "Prepend":
                var prefix = value.GetProperty("prepend").GetString()!;
                return text => text.Length == 0 ? text : prefix + text;
            case "Replace" when value.GetProperty("pattern").TryGetProperty("String", out var pattern):
                var (from, to) = (pattern.GetString()!, value.GetProperty("content").GetString()!);
                return text => text.Replace(from, to, StringComparison.Ordinal);
            case "Sequence":
                var steps = value.GetProperty("normalizers").EnumerateArray().Select(step => NormalizerOf(step)).ToArray();
                return text => steps.Aggregate(text, (current, step) => step(current));
            default:
                throw new CheckpointException($"normalizer '{Type(value)}' is not supported");
        }
    }

    private static (PreTokenizer Words, bool ByteLevel, MetaspacePrefix? Metaspace) PreTokenizerOf(JsonElement? preTokenizer)
    {
        if (preTokenizer is not { } value)
        {
            return (new WholePiece(), false, null);
        }

        switch (Type(value))
        {
            case "ByteLevel" when !Flag(value, "add_prefix_space"):
                return (Flag(value, "use_regex", otherwise: true) ? new Gpt2PreTokenizer() : new WholePiece(), true, null);
            case "Metaspace" when !Flag(value, "split", otherwise: true) && value.GetProperty("replacement").GetString() == "▁":
                var scheme = value.GetProperty("prepend_scheme").GetString();
                return (new WholePiece(), false, new MetaspacePrefix(scheme == "always", scheme == "never"));
            case "Sequence" when value.GetProperty("pretokenizers") is var steps && steps.GetArrayLength() == 2 && Type(steps[0]) == "Split" && Type(steps[1]) == "ByteLevel":
                return (SplitOf(steps[0], steps[1]), true, null);
            case "Sequence" when value.GetProperty("pretokenizers") is var steps && steps.GetArrayLength() == 2 && Type(steps[0]) == "Digits" && Type(steps[1]) == "ByteLevel":
                var (between, _, _) = PreTokenizerOf(steps[1]);
                return (new DigitsPreTokenizer(Flag(steps[0], "individual_digits"), between), true, null);
            default:
                throw new CheckpointException($"pre-tokenizer '{Type(value)}' with these settings is not supported");
        }
    }

    private static PreTokenizer SplitOf(JsonElement split, JsonElement byteLevel)
    {
        var pattern = split.GetProperty("pattern").TryGetProperty("Regex", out var regex) ? regex.GetString()! : "";
        if (split.GetProperty("behavior").GetString() != "Isolated" || Flag(split, "invert") || Flag(byteLevel, "use_regex", otherwise: true) || Flag(byteLevel, "add_prefix_space"))
        {
            throw new CheckpointException("this combination of Split and ByteLevel is not supported");
        }

        return PreTokenizer.OfPattern(pattern) ?? throw new CheckpointException($"the Split pattern '{pattern}' is not supported (known: Llama 3, Qwen 2)");
    }

    private static TokenDecoder DecoderOf(JsonElement? decoder)
    {
        if (decoder is { } value && Type(value) == "ByteLevel")
        {
            return new ByteLevelDecoder();
        }

        if (decoder is { } sequence && Type(sequence) == "Sequence")
        {
            var kinds = sequence.GetProperty("decoders").EnumerateArray().Select(Type).ToArray();
            if (kinds is ["Replace", "ByteFallback", "Fuse"] or ["Replace", "ByteFallback", "Fuse", "Strip"])
            {
                return new SentencePieceDecoder(kinds.Length == 4);
            }
        }

        throw new CheckpointException($"decoder '{(decoder is { } other ? Type(other) : "none")}' is not supported");
    }

    /// <summary>Ids in front of and behind a single text.</summary>
    private static (List<int> Before, List<int> After) TemplateOf(JsonElement? processor)
    {
        var (before, after) = (new List<int>(), new List<int>());
        foreach (var step in Processors(processor))
        {
            if (Type(step) == "ByteLevel")
            {
                continue;
            }

            if (Type(step) != "TemplateProcessing")
            {
                throw new CheckpointException($"post-processor '{Type(step)}' is not supported");
            }

            var seen = false;
            foreach (var item in step.GetProperty("single").EnumerateArray())
            {
                if (!item.TryGetProperty("SpecialToken", out var special))
                {
                    seen = true;
                    continue;
                }

                var named = step.GetProperty("special_tokens").GetProperty(special.GetProperty("id").GetString()!);
                (seen ? after : before).AddRange(named.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32()));
            }
        }

        return (before, after);
    }

    private static JsonElement[] Processors(JsonElement? processor) => processor is not { } value ? []
        : Type(value) == "Sequence" ? [.. value.GetProperty("processors").EnumerateArray()]
        : [value];

    private static int? Named(JsonDocument? config, string name, TokenizerParts parts)
    {
        if (config is null || !config.RootElement.TryGetProperty(name, out var value))
        {
            return null;
        }

        var text = value.ValueKind == JsonValueKind.Object && value.TryGetProperty("content", out var content) ? content.GetString() : value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        return text is not null && parts.Ids.TryGetValue(text, out var id) ? id : null;
    }

    private static void Require(JsonElement element, string type, string what)
    {
        // Old files leave the type of a BPE model out.
        if (element.TryGetProperty("type", out var found) && found.GetString() != type)
        {
            throw new CheckpointException($"tokenizer {what} '{found.GetString()}' is not supported (known: BPE)");
        }
    }

    private static string Type(JsonElement element) => element.GetProperty("type").GetString() ?? "";

    private static bool Flag(JsonElement element, string name, bool otherwise = false) =>
        element.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean() : otherwise;

    private static JsonElement? Optional(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;
}
