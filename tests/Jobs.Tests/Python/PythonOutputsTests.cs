using System.Text.Json;
using Octet.Contracts;
using Octet.Contracts.Results;
using Xunit;

namespace Octet.Jobs.Tests.Python;

/// <summary>The files of the Python workers, read by the readers that the native files have.</summary>
public sealed class PythonOutputsTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("octet-python-outputs-");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task LoadFiles_OfGuideLlm_AreReadAndAgreeWithEachOther()
    {
        PythonProcess.SkipWhenMissing();
        Assert.Equal("", await PythonProcess.RunAsync("octet_test_support.write_tables", _folder.FullName));

        var report = Read<LoadReport>("load.json");
        var rows = await RowsAsync("requests.parquet", RequestParquet.ReadAsync);

        Assert.Equal([1, 4, 4], report.Points.Select(point => point.Concurrency));
        foreach (var point in report.Points)
        {
            var measured = rows.Where(row => row.Block == point.Block && row.Measured).ToList();
            Assert.Equal((point.Completed, point.Failed), (measured.Count(row => row.Succeeded), measured.Count(row => !row.Succeeded)));
            Assert.All(measured.Where(row => row.Succeeded), row => Assert.True(row.Scheduled <= row.Sent && row.Sent < row.FirstToken && row.FirstToken <= row.LastToken && row.LastToken <= row.Ended));
        }

        Assert.Contains(rows, row => row is { Status: 500, Succeeded: false } && row.Error.Contains("500", StringComparison.Ordinal));
        Assert.Contains(rows, row => row.Error == "cut" && !row.Measured);
        Assert.Empty(await RowsAsync("empty.parquet", RequestParquet.ReadAsync));
    }

    [Fact]
    public async Task EvaluationFiles_OfLmEval_AreReadAndAgreeWithEachOther()
    {
        PythonProcess.SkipWhenMissing();
        Assert.Equal("", await PythonProcess.RunAsync("octet_test_support.write_tables", _folder.FullName));

        var report = Read<EvaluationReport>("results.base.json");
        var rows = await RowsAsync("samples.base.parquet", SampleParquet.ReadAsync);

        Assert.Equal([TaskKind.MultipleChoice, TaskKind.InstructionFollowing], report.Tasks.Select(task => task.Kind));
        foreach (var task in report.Tasks)
        {
            var scores = rows.Where(row => row.Task == task.Task).Select(row => row.Score!.Value).ToList();
            Assert.Equal(task.Documents, scores.Count);

            // Both are a sum of zeros and ones divided once.
            Assert.Equal(task.Metrics[task.PrimaryMetric], scores.Average(), 1e-15);
        }

        Assert.All(rows.Where(row => row.Task == "hellaswag"), row => Assert.Equal(row.ChoiceNorm == row.Gold ? 1.0 : 0.0, row.Score));
        Assert.All(rows.Where(row => row.Task == "ifeval"), row => Assert.Equal(row.InstructionIds.Count, row.InstructionStrict.Count));
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private T Read<T>(string name) => (T)JsonSerializer.Deserialize(File.ReadAllText(Path.Combine(_folder.FullName, name)), typeof(T), OctetJson.Default)!;

    private async Task<IReadOnlyList<TRow>> RowsAsync<TRow>(string name, Func<Stream, CancellationToken, Task<IReadOnlyList<TRow>>> read)
    {
        await using var stream = File.OpenRead(Path.Combine(_folder.FullName, name));
        return await read(stream, Token);
    }
}
