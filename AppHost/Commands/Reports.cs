using Octet.Contracts.Runs;

namespace Octet.AppHost.Commands;

/// <summary>Reports in the data root.</summary>
/// <param name="dataRoot">Full path.</param>
internal sealed class Reports(string dataRoot)
{
    /// <summary>comparison.md of the run that finished last, for the dashboard to show.</summary>
    public ExecuteCommandResult Show() =>
        Newest() is { } report
            ? CommandResults.Success(report.Directory!.Name, File.ReadAllText(report.FullName), CommandResultFormat.Markdown, displayImmediately: true)
            : CommandResults.Failure($"No run in {dataRoot} has a report yet.");

    private FileInfo? Newest()
    {
        var runs = new DirectoryInfo(Path.Combine(dataRoot, "runs"));
        return runs.Exists ? runs.EnumerateFiles(RunFiles.ComparisonMarkdown, SearchOption.AllDirectories).MaxBy(file => file.LastWriteTimeUtc) : null;
    }
}
