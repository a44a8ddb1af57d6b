using Octet.Checkpoints.Tokenizers;

namespace Octet.Evaluator.Scoring;

/// <summary>Prompt and continuation as ids, split as lm-eval splits them: blanks at the end of the prompt belong to the continuation, and the
/// continuation is what the whole has beyond the prompt's own ids.</summary>
public sealed class ContinuationEncoder(Tokenizer tokenizer, int maxLength)
{
    private const string Delimiter = " ";

    /// <param name="context">Prompt text.</param>
    /// <param name="choice">Continuation without delimiter.</param>
    /// <returns>Ids sent, and the first scored position.</returns>
    public (int[] Ids, int From) Encode(string context, string choice)
    {
        ArgumentNullException.ThrowIfNull(context);
        var trimmed = context.TrimEnd();
        var continuation = context[trimmed.Length..] + Delimiter + choice;
        var prompt = trimmed.Length == 0 ? [tokenizer.BosTokenId ?? tokenizer.EosTokenId ?? 0] : tokenizer.Encode(trimmed, addSpecialTokens: false);
        var whole = trimmed.Length == 0 ? [.. prompt, .. tokenizer.Encode(continuation, addSpecialTokens: false)] : tokenizer.Encode(trimmed + continuation, addSpecialTokens: false);
        var tail = whole.Count - Math.Min(prompt.Count, whole.Count);
        var kept = whole.Count > maxLength ? whole[^maxLength..] : whole;
        return ([.. kept], kept.Count - tail);
    }
}
