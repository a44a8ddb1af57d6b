using System.Globalization;

namespace Octet.Reporter.Audit;

/// <summary>Collects what an audit compares.</summary>
internal sealed class AuditLog
{
    /// <summary>Relative distance within which a figure of a stage equals its recount: other tools sum in another order, and n additions in double are off by less
    /// than n times 1.1e-16, so that a million rows stay below 1.2e-10.</summary>
    private const double StageTolerance = 1e-9;

    private readonly List<AuditMismatch> _mismatches = [];
    private readonly List<string> _notInRows = [];
    private readonly List<string> _unread = [];

    public int Numbers { get; private set; }

    public IReadOnlyList<AuditMismatch> Mismatches => _mismatches;

    public IReadOnlyList<string> NotInRows => _notInRows;

    public IReadOnlyList<string> Unread => _unread;

    public void Count(int numbers = 1) => Numbers += numbers;

    public void Add(string number, string reported, string recomputed) => _mismatches.Add(new AuditMismatch(number, reported, recomputed));

    public void Add(AuditMismatch mismatch) => _mismatches.Add(mismatch);

    public void NotRecomputable(string number) => _notInRows.Add(number);

    public void TakenAsWritten(string what) => _unread.Add(what);

    /// <summary>Compares a stage's own figure with its recount.</summary>
    /// <param name="number">File and place.</param>
    /// <param name="reported">As the stage has it.</param>
    /// <param name="recomputed">As its rows give it.</param>
    /// <param name="error">Relative error that the stage states for the figure, beside that of summing.</param>
    /// <returns>The stage's figure where both agree, otherwise the recount: what the report is recomputed from.</returns>
    public double Stage(string number, double reported, double recomputed, double error = 0)
    {
        Count();
        if (reported.Equals(recomputed) || Math.Abs(reported - recomputed) <= (error + StageTolerance) * Math.Max(Math.Abs(reported), Math.Abs(recomputed)))
        {
            return reported;
        }

        Add(number, Text(reported), Text(recomputed));
        return recomputed;
    }

    /// <summary>The same for figures that may be absent: absent on one side only is a mismatch.</summary>
    public double? Stage(string number, double? reported, double? recomputed, double error = 0)
    {
        if (reported is { } one && recomputed is { } other)
        {
            return Stage(number, one, other, error);
        }

        if (reported is not null || recomputed is not null)
        {
            Count();
            Add(number, Text(reported), Text(recomputed));
        }

        return recomputed;
    }

    private static string Text(double? value) => value is { } number ? number.ToString("R", CultureInfo.InvariantCulture) : "none";
}
