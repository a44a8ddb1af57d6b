namespace Octet.Evaluator.Scoring;

/// <summary>A context and the text whose likelihood after it is asked, as ids.</summary>
/// <param name="Context">Never empty.</param>
/// <param name="Continuation">Empty when its text melts into the context's tokens: its likelihood is then one.</param>
/// <param name="Text">Both as text.</param>
public sealed record TokenPair(IReadOnlyList<int> Context, IReadOnlyList<int> Continuation, string Text)
{
    public int Length => Context.Count + Continuation.Count;

    /// <summary>All ids before cutting.</summary>
    public IEnumerable<int> All => Context.Concat(Continuation);

    /// <summary>Ids sent: cut on the left to a length.</summary>
    public int[] Ids(int longest) => [.. All.Skip(Math.Max(0, Length - longest))];

    /// <summary>First scored position of the ids sent; zero or less when the continuation does not fit.</summary>
    public int From(int longest) => Context.Count - Math.Max(0, Length - longest);
}
