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
/// <param name="Numbers">Numbers of the report that were compared.</param>
/// <param name="Samples">Documents that they were recomputed from.</param>
/// <param name="Requests">Requests that they were recomputed from.</param>
/// <param name="Mismatches">In the order of the files.</param>
/// <param name="NotInRows">Numbers that the rows do not hold, as words of a text: they are tied to their file by its hash only.</param>
public sealed record AuditResult(int Numbers, int Samples, int Requests, IReadOnlyList<AuditMismatch> Mismatches, IReadOnlyList<string> NotInRows);
