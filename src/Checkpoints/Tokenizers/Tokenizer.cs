namespace Octet.Checkpoints.Tokenizers;

/// <summary>The tokenizer of a model folder, from <c>tokenizer.json</c>: byte-level BPE (GPT-2, Llama 3, Qwen 2) and BPE with byte fallback
/// (Llama 2). Thread-safe.</summary>
public sealed class Tokenizer
{
    private readonly TokenizerParts _parts;
    private readonly string?[] _pieces;

    /// <summary>Ids without text when special tokens are skipped. As in tokenizers a special token whose normalized form differs is not among them.</summary>
    private readonly HashSet<int> _special;

    internal Tokenizer(TokenizerParts parts, int? bos, int? eos)
    {
        _parts = parts;
        _pieces = parts.Pieces;
        _special = [.. parts.Added.Where(token => token.Special && parts.Pieces[token.Id] == token.Content).Select(token => token.Id)];
        BosTokenId = bos;
        EosTokenId = eos;
    }

    /// <summary>One more than the highest id.</summary>
    public int VocabSize => _pieces.Length;

    /// <summary>Of tokenizer_config.json; null when it names none.</summary>
    public int? BosTokenId { get; }

    public int? EosTokenId { get; }

    /// <summary>Reads <c>tokenizer.json</c> and <c>tokenizer_config.json</c>.</summary>
    /// <exception cref="CheckpointException">A file is missing or malformed, or the kind of tokenizer is not supported.</exception>
    public static Tokenizer Load(string modelDirectory)
    {
        ArgumentException.ThrowIfNullOrEmpty(modelDirectory);
        return TokenizerReader.Read(modelDirectory);
    }

    /// <summary>Ids of a text.</summary>
    /// <param name="text">Any text; lone surrogates count as U+FFFD.</param>
    /// <param name="addSpecialTokens">Adds what the post-processor adds (BOS).</param>
    /// <param name="splitSpecialTokens">Special tokens in the text are plain text.</param>
    public List<int> Encode(string text, bool addSpecialTokens = true, bool splitSpecialTokens = false)
    {
        ArgumentNullException.ThrowIfNull(text);
        var ids = new List<int>();
        if (addSpecialTokens)
        {
            ids.AddRange(_parts.Before);
        }

        foreach (var piece in _parts.Splitter.Split(text, splitSpecialTokens))
        {
            if (piece.Id >= 0)
            {
                ids.Add(piece.Id);
            }
            else
            {
                EncodePiece(_parts.Metaspace?.Apply(piece.Text, piece.Start == 0) ?? piece.Text, ids);
            }
        }

        if (addSpecialTokens)
        {
            ids.AddRange(_parts.After);
        }

        return ids;
    }

    /// <summary>Text of ids; unknown ids are left out.</summary>
    public string Decode(IReadOnlyList<int> ids, bool skipSpecialTokens = true)
    {
        ArgumentNullException.ThrowIfNull(ids);
        var tokens = new List<string>(ids.Count);
        for (var i = 0; i < ids.Count; i++)
        {
            if (TokenPiece(ids[i]) is { } piece && !(skipSpecialTokens && _special.Contains(ids[i])))
            {
                tokens.Add(piece);
            }
        }

        return _parts.Decoder.Decode(tokens);
    }

    /// <summary>Text of one token, special or not.</summary>
    public string TokenText(int id) => Decode([id], skipSpecialTokens: false);

    /// <summary>The token as the vocabulary has it; null for an unknown id.</summary>
    public string? TokenPiece(int id) => (uint)id < (uint)_pieces.Length ? _pieces[id] : null;

    /// <summary>What a token adds to the bytes of a text; null for special and unknown ids.</summary>
    public byte[]? TokenBytes(int id) => TokenPiece(id) is { } piece && !_special.Contains(id) ? _parts.Decoder.Bytes(piece) : null;

    /// <summary>Id of a vocabulary entry or added token; null when there is none.</summary>
    public int? TokenId(string piece) => _parts.Ids.TryGetValue(piece, out var id) ? id : null;

    public bool IsSpecial(int id) => _special.Contains(id);

    /// <param name="promptIds">Ids before the first step, so that the first delta keeps its blank.</param>
    /// <param name="skipSpecialTokens">Special tokens have no text.</param>
    public DecodeStream CreateDecodeStream(IReadOnlyList<int>? promptIds = null, bool skipSpecialTokens = true) => new(this, promptIds, skipSpecialTokens);

    private void EncodePiece(string text, List<int> ids)
    {
        for (var start = 0; start < text.Length;)
        {
            var end = _parts.PreTokenizer.WordEnd(text, start);
            _parts.Model.Encode(text[start..end], ids);
            start = end;
        }
    }
}

/// <summary>The steps of a tokenizer.</summary>
internal sealed record TokenizerParts
{
    public required AddedTokens Splitter { get; init; }
    public required IReadOnlyList<AddedToken> Added { get; init; }
    public required PreTokenizer PreTokenizer { get; init; }
    public MetaspacePrefix? Metaspace { get; init; }
    public required BpeModel Model { get; init; }
    public required TokenDecoder Decoder { get; init; }
    public required IReadOnlyList<int> Before { get; init; }
    public required IReadOnlyList<int> After { get; init; }

    /// <summary>Token by id; null where no token has the id.</summary>
    public required string?[] Pieces { get; init; }
    public required Dictionary<string, int> Ids { get; init; }
}

/// <summary>Blanks to <c>▁</c>, and one in front of the first piece, or of every piece.</summary>
internal sealed record MetaspacePrefix(bool Everywhere, bool Never)
{
    public string Apply(string text, bool first)
    {
        var replaced = text.Replace(' ', '▁');
        return !Never && (first || Everywhere) && !replaced.StartsWith('▁') ? '▁' + replaced : replaced;
    }
}
