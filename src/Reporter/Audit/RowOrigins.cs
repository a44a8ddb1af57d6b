using Octet.Contracts.Runs;
using Octet.Reporter.Report;

namespace Octet.Reporter.Audit;

/// <summary>The rows of a manifest, against the events of the runs that they name.</summary>
internal static class RowOrigins
{
    /// <summary>The recomputed manifest, in which what only the events of a missing run could tell is taken as reported, and said to be.</summary>
    public static RunManifest Of(string folder, RunManifest reported, RunManifest recomputed, AuditLog log)
    {
        var here = Path.GetFileName(folder);
        var written = reported.Rows.DistinctBy(row => row.Row).ToDictionary(row => row.Row);
        foreach (var gone in reported.Rows.GroupBy(row => row.Run).Where(rows => rows.Key != here && !File.Exists(ReportRow.EventsOf(folder, rows.Key))))
        {
            log.TakenAsWritten($"{RunFiles.Manifest} rows: run {gone.Key}, named by {gone.Count()} of {reported.Rows.Count} rows, is not beside this one; its id and the trace ids that only its events hold are taken as written");
            recomputed = recomputed with { Rows = [.. recomputed.Rows.Select(row => written.TryGetValue(row.Row, out var old) && old.Run == gone.Key ? Taken(row, old) : row)] };
        }

        return recomputed;

        ReportRow Taken(ReportRow row, ReportRow old) => row.Run == old.Run ? row with { TraceId = old.TraceId }
            : row.Run == here ? row with { Run = old.Run }
            : row;
    }
}
