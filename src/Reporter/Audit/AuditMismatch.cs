namespace Octet.Reporter.Audit;

/// <summary>A number that its rows do not give.</summary>
/// <param name="Number">File and place.</param>
/// <param name="Reported">As the file has it.</param>
/// <param name="Recomputed">As the rows give it.</param>
public sealed record AuditMismatch(string Number, string Reported, string Recomputed)
{
    public override string ToString() => $"{Number}: reported {Reported}, recomputed {Recomputed}".ReplaceLineEndings(" ");
}

/// <summary>What an audit found.</summary>
/// <param name="Numbers">Numbers that were compared, of the report and of what it is made from.</param>
/// <param name="Samples">Documents read.</param>
/// <param name="Requests">Requests read.</param>
/// <param name="Mismatches">In the order of the files.</param>
/// <param name="NotInRows">Numbers that the rows do not hold, as words of a text or the size of a model: they are tied to their file by its hash only.</param>
/// <param name="Unread">What was taken as written because its origin is gone.</param>
public sealed record AuditResult(int Numbers, int Samples, int Requests, IReadOnlyList<AuditMismatch> Mismatches, IReadOnlyList<string> NotInRows, IReadOnlyList<string> Unread);
