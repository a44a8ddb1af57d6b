using System.Globalization;
using Octet.Contracts.Reporter.V1;
using Octet.Contracts.Runs;
using Octet.Reporter.Imports;
using Octet.Reporter.Pairs;

namespace Octet.Cli.Parity.Load;

/// <summary>Two sweeps of a real GPU: the comparison shows the recorded figures, decides nothing, and says why.</summary>
internal sealed class SweepComparisonSuite : IParitySuite
{
    private const int Figures = 5;

    public string Name => "h100-sweep/comparison";

    public bool IsPresent(ParityFolders folders) => File.Exists(PathOf(folders, "guidellm_base.json.gz"));

    public async Task<ParityResult> RunAsync(ParityFolders folders, CancellationToken cancellationToken)
    {
        var tally = new ParityTally();
        await tally.TryAsync("comparison", async () =>
        {
            var @base = await ResultReader.ReadAsync(PathOf(folders, "guidellm_base.json.gz"), cancellationToken);
            var compressed = await ResultReader.ReadAsync(PathOf(folders, "guidellm_int8.json.gz"), cancellationToken);
            var comparison = PairComparer.Compare(@base, compressed, Policy.Default);
            tally.Exact(comparison.Verdict == Verdict.Inconclusive, () => $"the verdict is {comparison.Verdict}");
            tally.Exact(comparison.Missing.Any(missing => missing.StartsWith("equal load", StringComparison.Ordinal)), () => "equal load is not named as missing");
            tally.Exact(comparison.Missing.Any(missing => missing.StartsWith("replicates", StringComparison.Ordinal)), () => "replicates are not named as missing");
            Table(tally, await File.ReadAllLinesAsync(PathOf(folders, "README.md"), cancellationToken), @base.Load, compressed.Load);
        });
        return tally.Result("0.551 units of the last digit");
    }

    /// <summary>Rows <c>| strategy | five figures | five figures |</c> in the order of the reports' runs.</summary>
    private static void Table(ParityTally tally, string[] readme, IReadOnlyList<LoadObservation> @base, IReadOnlyList<LoadObservation> compressed)
    {
        string[][] rows = [.. readme.Where(line => line.StartsWith('|')).Select(line => line.Trim('|').Split('|')).Where(cells => cells.Length == 3 && cells[1].Split(',').Length == Figures && double.TryParse(cells[1].Split(',')[0], CultureInfo.InvariantCulture, out _))];
        tally.Exact(rows.Length == @base.Count && rows.Length == compressed.Count, () => $"{rows.Length} rows are recorded, {@base.Count} and {compressed.Count} runs were read");
        for (var i = 0; i < Math.Min(rows.Length, Math.Min(@base.Count, compressed.Count)); i++)
        {
            Row(tally, rows[i][0].Trim() + ", base", rows[i][1], @base[i]);
            Row(tally, rows[i][0].Trim() + ", compressed", rows[i][2], compressed[i]);
        }
    }

    private static void Row(ParityTally tally, string name, string recorded, LoadObservation run)
    {
        string[] figures = [.. recorded.Split(',', StringSplitOptions.TrimEntries)];
        double[] read = [run.RequestsPerSecond, run.Concurrency ?? double.NaN, run.TtftP50Ms ?? double.NaN, run.ItlP50Ms ?? double.NaN, run.OutputTokensPerSecond];
        for (var i = 0; i < Figures; i++)
        {
            var (figure, value) = (figures[i], read[i]);
            var decimals = figure.Contains('.', StringComparison.Ordinal) ? figure.Length - figure.IndexOf('.', StringComparison.Ordinal) - 1 : 0;
            var units = Math.Abs(double.Parse(figure, CultureInfo.InvariantCulture) - value) * Math.Pow(10, decimals);

            // The page rounds in two steps (35.147, 35.15, 35.2): half a unit and half a tenth of one; the last thousandth is for halves that a double
            // does not hold exactly.
            tally.Within(units, 0.551, () => string.Create(CultureInfo.InvariantCulture, $"{name}: figure {i + 1} is {value}, recorded {figure}"));
        }
    }

    private static string PathOf(ParityFolders folders, string name) => Path.Combine(folders.Goldens, "h100-sweep", name);
}
