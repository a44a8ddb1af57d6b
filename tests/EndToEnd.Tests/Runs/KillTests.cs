using Octet.EndToEnd.Tests.Processes;
using Xunit;

namespace Octet.EndToEnd.Tests.Runs;

public sealed class KillTests
{
    private const int ServerFailure = 7;

    [Fact]
    public async Task Run_KilledInEveryStage_IsResumedToItsEndAndLeavesNoServer()
    {
        using var workspace = new Workspace();
        var arguments = workspace.RunArguments();
        foreach (var stage in (string[])["preflight", "quantize", "verify", "serve", "evaluate", "load", "compare"])
        {
            await using var octet = OctetProcess.Start(workspace, arguments);
            await octet.StageAsync(stage);
            await GoneAsync(await octet.KillAsync());
            arguments = ["resume", workspace.RunId, "--json"];
        }

        var end = (await OctetProcess.RunAsync(workspace, arguments)).Ended(0, 1, 2);

        Assert.Contains("\"runCompleted\"", end.Output[^1], StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(workspace.Runs, workspace.RunId, "comparison.md")));
    }

    [Fact]
    public async Task Run_KilledInTheMiddleOfTheLoad_LeavesNoServer()
    {
        using var workspace = new Workspace();
        await using var octet = OctetProcess.Start(workspace, workspace.RunArguments(spec: workspace.Write("long.yaml", workspace.SpecText(seconds: 60))));
        await octet.StageAsync("load");

        var servers = await octet.KillAsync();

        Assert.Equal(2, servers.Count);
        await GoneAsync(servers);
    }

    [Theory]
    [InlineData("evaluate")]
    [InlineData("load")]
    public async Task Run_ServerKilled_FailsInOneLineAndIsResumed(string stage)
    {
        using var workspace = new Workspace();
        await using var octet = OctetProcess.Start(workspace, workspace.RunArguments());
        await octet.StageAsync(stage);
        var servers = octet.Servers;

        Signals.Send(servers[0], Signals.Kill);
        var line = (await octet.EndAsync()).OneLine(ServerFailure);
        var end = await OctetProcess.RunAsync(workspace, "resume", workspace.RunId);

        Assert.Contains("server died with code 137", line, StringComparison.Ordinal);
        Assert.Contains($"octet resume {workspace.RunId}", line, StringComparison.Ordinal);
        await GoneAsync(servers);
        end.Ended(0, 1, 2);
    }

    /// <summary>The processes end by themselves.</summary>
    private static async Task GoneAsync(IReadOnlyList<int> processes)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(OctetProcess.Patience);
        while (processes.Any(ProcessTable.Lives))
        {
            await Task.Delay(20, limit.Token);
        }
    }
}
