using Octet.Cli.Parity;
using Xunit;

namespace Octet.Cli.Tests.Parity;

/// <summary>The summaries of a recorded GuideLLM report follow from its rows, and another row gives other summaries.</summary>
public sealed class ReportRecipeSuiteTests : IDisposable
{
    private readonly DirectoryInfo _goldens = Directory.CreateTempSubdirectory("octet-guidellm-");

    public void Dispose() => _goldens.Delete(recursive: true);

    [Fact]
    public async Task RunAsync_RecordedReport_IsRecomputed()
    {
        var result = await RunAsync(text => text);

        // 9 metrics x 4 statuses x 20 fields.
        Assert.Equal((720, 0), (result.Cases, result.Mismatches));
    }

    [Theory]
    [InlineData("\"request_start\": 1795447049.7203228", "\"request_start\": 1795447049.7203238")]
    [InlineData("\"token_iterations\": 16", "\"token_iterations\": 15")]
    [InlineData("\"output_tokens\": 32", "\"output_tokens\": 31")]
    public async Task RunAsync_AnotherRow_IsAMismatch(string recorded, string other)
    {
        var result = await RunAsync(text =>
        {
            var at = text.IndexOf(recorded, StringComparison.Ordinal);
            Assert.True(at >= 0);
            return string.Concat(text.AsSpan(0, at), other, text.AsSpan(at + recorded.Length));
        });

        Assert.InRange(result.Mismatches, 1, result.Cases);
    }

    private async Task<ParityResult> RunAsync(Func<string, string> edit)
    {
        var text = await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "Data", "guidellm", "no_usage_clean.json"), TestContext.Current.CancellationToken);
        var run = Directory.CreateDirectory(Path.Combine(_goldens.FullName, "guidellm", "runs", "no_usage_clean"));
        await File.WriteAllTextAsync(Path.Combine(run.FullName, "report.json"), edit(text), TestContext.Current.CancellationToken);
        return await ParitySuites.All.Single(suite => suite.Name == "guidellm/summaries").RunAsync(new ParityFolders(_goldens.FullName, null), TestContext.Current.CancellationToken);
    }
}
