using Octet.Checkpoints.Tokenizers;
using Octet.Evaluator.Python;

namespace Octet.Evaluator.Scoring;

/// <summary>Texts as ids, split as lm-eval splits them: blanks at the end of the context belong to the continuation, and the continuation is what the
/// whole has beyond the context's own ids.</summary>
/// <param name="tokenizer">Of the served model.</param>
/// <param name="addSpecialTokens">Puts in front what the tokenizer puts there (BOS).</param>
public sealed class PairEncoder(Tokenizer tokenizer, bool addSpecialTokens = false)
{
    /// <summary>Stands for an empty context.</summary>
    public int PrefixToken => tokenizer.BosTokenId ?? tokenizer.EosTokenId ?? 0;

    /// <summary>Text that ends a generation; null when the tokenizer has none.</summary>
    public string? EndText => tokenizer.EosTokenId is { } id ? tokenizer.TokenText(id) : null;

    public List<int> Encode(string text) => tokenizer.Encode(text, addSpecialTokens);

    /// <summary>Ids of a context and one continuation.</summary>
    public TokenPair Pair(string context, string continuation)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(continuation);
        var kept = PythonText.RightStrip(context);
        continuation = context[kept.Length..] + continuation;
        if (kept.Length == 0)
        {
            var ids = Encode(continuation);
            return ids.Count > 0 && ids[0] == PrefixToken ? new TokenPair(ids[..1], ids[1..], continuation) : new TokenPair([PrefixToken], ids, continuation);
        }

        var first = Encode(kept);
        var whole = Encode(kept + continuation);
        return new TokenPair(first, whole.Count > first.Count ? whole[first.Count..] : [], kept + continuation);
    }

    /// <summary>A whole text in windows that overlap as little as possible: every token is scored once, and after as many others as fit.</summary>
    /// <param name="text">Text.</param>
    /// <param name="longest">Most ids of one window, its context included.</param>
    public IReadOnlyList<TokenPair> Windows(string text, int longest)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(longest, 2);
        var ids = tokenizer.Encode(text, addSpecialTokens: false);
        var scored = longest - 1;
        var windows = new List<TokenPair>();
        for (var start = 0; start < ids.Count; start += scored)
        {
            var end = Math.Min(start + scored, ids.Count);
            List<int> context = start == 0 ? [PrefixToken] : ids[Math.Max(0, end - longest)..start];
            windows.Add(new TokenPair(context, ids[start..end], ""));
        }

        return windows;
    }
}
