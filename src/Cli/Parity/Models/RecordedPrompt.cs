namespace Octet.Cli.Parity.Models;

/// <summary>What a real tool gave for one prompt.</summary>
internal sealed record RecordedPrompt
{
    public required int[] Tokens { get; init; }

    /// <summary>[vocabulary], after the last token; null where only logprobs were kept.</summary>
    public float[]? LastLogits { get; init; }

    /// <summary>[positions, <see cref="TopCount"/>] most likely ids, descending.</summary>
    public required int[] TopIds { get; init; }

    /// <summary>Natural logarithms beside <see cref="TopIds"/>.</summary>
    public required float[] TopLogprobs { get; init; }

    public required int TopCount { get; init; }

    /// <summary>Value t is the logprob, at position t, of token t + 1.</summary>
    public required float[] NextLogprobs { get; init; }

    public RecordedPath? Greedy { get; init; }

    public int TopPositions => TopCount == 0 ? 0 : TopIds.Length / TopCount;

    /// <summary>First minus second logprob at one position.</summary>
    public float Margin(int position) => TopLogprobs[position * TopCount] - TopLogprobs[(position * TopCount) + 1];

    /// <param name="file">Tensors named <c>{prefix}last_logits</c>, <c>{prefix}top_ids</c>, ...</param>
    /// <param name="prefix">For example <c>p0.fp32.</c></param>
    /// <param name="tokens">The prompt.</param>
    /// <returns>Null when nothing was recorded under that prefix.</returns>
    public static RecordedPrompt? Read(Recording file, string prefix, int[] tokens)
    {
        if (!file.Names.Any(name => name.StartsWith(prefix, StringComparison.Ordinal)))
        {
            return null;
        }

        var hasTop = file.Has(prefix + "top_ids");
        return new RecordedPrompt
        {
            Tokens = tokens,
            LastLogits = file.Has(prefix + "last_logits") ? file.Floats(prefix + "last_logits") : null,
            TopIds = hasTop ? file.Integers(prefix + "top_ids") : [],
            TopLogprobs = hasTop ? file.Floats(prefix + "top_logprobs") : [],
            TopCount = hasTop ? file.Shape(prefix + "top_ids")[^1] : 0,
            NextLogprobs = file.Has(prefix + "next_logprobs") ? file.Floats(prefix + "next_logprobs") : [],
            Greedy = file.Has(prefix + "greedy_ids")
                ? new RecordedPath(file.Integers(prefix + "greedy_ids"), file.Floats(prefix + "greedy_logprobs"), file.Floats(prefix + "greedy_margin"))
                : null,
        };
    }
}

/// <summary>A greedy continuation.</summary>
/// <param name="Ids">Chosen tokens.</param>
/// <param name="Logprobs">Of the chosen ones.</param>
/// <param name="Margins">Logprob of the first minus that of the second choice.</param>
internal sealed record RecordedPath(int[] Ids, float[] Logprobs, float[] Margins)
{
    /// <summary>Steps before the first one that was nearly a tie: up to there any correct engine chooses the same.</summary>
    public int SureSteps(double margin)
    {
        var first = Array.FindIndex(Margins, value => value < margin);
        return first < 0 ? Ids.Length : first;
    }
}
