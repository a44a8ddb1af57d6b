namespace Octet.Cli.Parity;

/// <summary>Counts cases and keeps the first mismatches of one suite.</summary>
public sealed class ParityTally
{
    private const int MostDescriptions = 10;
    private readonly List<string> _first = [];

    public int Cases { get; private set; }

    public int Mismatches { get; private set; }

    public double? Worst { get; private set; }

    /// <summary>One exact case.</summary>
    /// <param name="equal">True for a match.</param>
    /// <param name="describe">Called only for a mismatch that is shown.</param>
    public void Exact(bool equal, Func<string> describe)
    {
        ArgumentNullException.ThrowIfNull(describe);
        Cases++;
        if (equal)
        {
            return;
        }

        Mismatches++;
        if (_first.Count < MostDescriptions)
        {
            var text = describe();
            _first.Add(text.Length > 300 ? text[..300] + "..." : text);
        }
    }

    /// <summary>One case with a limit on its deviation; NaN is a mismatch.</summary>
    public void Within(double deviation, double limit, Func<string> describe)
    {
        Worst = Worst is { } worst && worst > deviation ? worst : deviation;
        Exact(deviation <= limit, describe);
    }

    /// <summary>Runs a part of a suite; a golden that cannot be read is a mismatch with its reason.</summary>
    public void Try(string what, Action part)
    {
        ArgumentNullException.ThrowIfNull(part);
        try
        {
            part();
        }
        catch (Exception exception) when (exception is not OutOfMemoryException and not OperationCanceledException)
        {
            Exact(false, () => $"{what}: {exception.Message.ReplaceLineEndings(" ")}");
        }
    }

    /// <inheritdoc cref="Try"/>
    public async Task TryAsync(string what, Func<Task> part)
    {
        ArgumentNullException.ThrowIfNull(part);
        try
        {
            await part();
        }
        catch (Exception exception) when (exception is not OutOfMemoryException and (not OperationCanceledException or { InnerException: TimeoutException }))
        {
            Exact(false, () => $"{what}: {exception.Message.ReplaceLineEndings(" ")}");
        }
    }

    public ParityResult Result(string tolerance) => new(Cases, Mismatches, Worst, tolerance, _first);
}
