using System.Text;
using Octet.EndToEnd.Tests.Tracing;
using Xunit;

namespace Octet.EndToEnd.Tests.Runs;

[Collection(WholeRun.Name)]
public sealed class SecretTests(TracedRun whole)
{
    [Fact]
    public void Run_WithApiKey_WritesItNowhere()
    {
        whole.Result.Ended(0, 1, 2);
        var key = Encoding.UTF8.GetBytes(whole.ApiKey);
        var files = Directory.GetFiles(whole.Workspace.Folder, "*", SearchOption.AllDirectories);

        Assert.Contains(files, file => Path.GetFileName(file) == "manifest.json");
        Assert.DoesNotContain(files, file => File.ReadAllBytes(file).AsSpan().IndexOf(key) >= 0);
        Assert.DoesNotContain(whole.Result.Output.Concat(whole.Result.Errors), line => line.Contains(whole.ApiKey, StringComparison.Ordinal));
        Assert.NotEmpty(whole.Exported);
        Assert.DoesNotContain(whole.Exported, body => body.AsSpan().IndexOf(key) >= 0);
    }

    [Fact]
    public void Run_WithApiKey_HandsItToTheServersByEnvironmentOnly()
    {
        Assert.Equal(3, whole.CommandLines.Count);
        Assert.All(whole.CommandLines, line => Assert.Contains("octet", line, StringComparison.Ordinal));
        Assert.DoesNotContain(whole.CommandLines, line => line.Contains(whole.ApiKey, StringComparison.Ordinal));
    }
}
