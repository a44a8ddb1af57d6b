using System.Diagnostics;

namespace Octet.AppHost.Tests.Publishing;

/// <summary>What the publishers write, against committed snapshots.</summary>
public sealed class ManifestTests : IDisposable
{
    private readonly string _output = Directory.CreateTempSubdirectory("octet-publish-").FullName;

    public void Dispose() => Directory.Delete(_output, recursive: true);

    [Theory]
    [InlineData("compose", "docker-compose.yaml", "compose.yaml")]
    [InlineData("kubernetes", "templates/compressed/statefulset.yaml", "kubernetes-compressed.yaml")]
    [InlineData("kubernetes", "templates/octet-data/octet-data.yaml", "kubernetes-octet-data.yaml")]
    public async Task Publish_Target_WritesTheSnapshot(string target, string file, string snapshot)
    {
        await PublishAsync(target);

        var expected = await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "Data", snapshot), TestContext.Current.CancellationToken);
        var actual = await File.ReadAllTextAsync(Path.Combine(_output, file), TestContext.Current.CancellationToken);
        Assert.Equal(expected, actual, ignoreLineEndingDifferences: true);
    }

    private async Task PublishAsync(string target)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Octet.AppHost.dll"), "--operation", "publish", "--step", "publish", "--output-path", _output])
        {
            RedirectStandardOutput = true,
        };
        start.Environment["Octet__Target"] = target;
        start.Environment["Parameters__hf-token"] = "token-of-a-test";
        start.Environment["Parameters__queue-password"] = "password-of-a-test";
        using var process = Process.Start(start)!;
        var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, output);
    }
}
