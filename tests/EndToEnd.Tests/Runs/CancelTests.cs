using Octet.EndToEnd.Tests.Processes;
using Xunit;

namespace Octet.EndToEnd.Tests.Runs;

public sealed class CancelTests
{
    private const int Cancelled = 130;

    [Theory]
    [InlineData("quantize")]
    [InlineData("serve")]
    [InlineData("load")]
    public async Task Run_ControlC_EndsWith130AndIsResumed(string stage)
    {
        using var workspace = new Workspace();
        var spec = workspace.Write("long.yaml", workspace.SpecText(seconds: stage == "load" ? 2 : 0.2));
        await using var octet = OctetProcess.Start(workspace, workspace.RunArguments(spec: spec));
        await octet.StageAsync(stage);
        var servers = octet.Servers;

        octet.PressControlC();
        var cancelled = await octet.EndAsync();
        var id = workspace.RunId;
        var listed = await OctetProcess.RunAsync(workspace, "runs");
        var end = await OctetProcess.RunAsync(workspace, "resume", id);

        Assert.Contains($"octet resume {id}", cancelled.OneLine(Cancelled), StringComparison.Ordinal);
        Assert.DoesNotContain(servers, ProcessTable.Lives);
        Assert.Contains(listed.Output, line => line.StartsWith(id, StringComparison.Ordinal) && line.Contains("Cancelled", StringComparison.Ordinal));
        end.Ended(0, 1, 2);
    }

    [Fact]
    public async Task Serve_ControlC_EndsWith0()
    {
        using var workspace = new Workspace();
        await using var octet = OctetProcess.Start(workspace, "serve", Workspace.Model, "--port", "0");
        await octet.LineAsync(line => line.Contains("\"ready\"", StringComparison.Ordinal));

        octet.PressControlC();

        (await octet.EndAsync()).Ended(0);
    }
}
