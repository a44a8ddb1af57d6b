using System.Text;
using Octet.Contracts.Runs;

namespace Octet.Reporter.Report;

/// <summary>Compares what a run left and writes comparison.json, comparison.md and manifest.json.</summary>
public static class ReportWriter
{
    /// <exception cref="OctetException">Evidence is missing, malformed or cannot be paired, or the files cannot be written.</exception>
    public static async Task<RunComparison> WriteAsync(string folder, RunSpec spec, CancellationToken cancellationToken)
    {
        var inputs = await ReportInputs.LoadAsync(folder, spec, cancellationToken);
        var comparison = RunComparison.From(inputs);
        var manifest = await RunManifest.CreateAsync(inputs, comparison, cancellationToken);
        var markdown = new MarkdownReport(inputs, comparison).Write();
        await ReportFile.WriteAsync(Path.Combine(folder, RunFiles.Comparison), comparison, ReportJson.Default.RunComparison, cancellationToken);
        await ReportFile.WriteAsync(Path.Combine(folder, RunFiles.Manifest), manifest, ReportJson.Default.RunManifest, cancellationToken);
        await ReportFile.WriteAsync(Path.Combine(folder, RunFiles.ComparisonMarkdown), stream => stream.WriteAsync(Encoding.UTF8.GetBytes(markdown), cancellationToken).AsTask());
        return comparison;
    }
}
