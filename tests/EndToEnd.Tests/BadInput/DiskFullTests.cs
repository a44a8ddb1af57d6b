using Xunit;

namespace Octet.EndToEnd.Tests.BadInput;

public sealed class DiskFullTests
{
    private const int Storage = 9;

    [Fact]
    public async Task Run_DiskTooSmall_IsRefusedBeforeAnythingIsSpent()
    {
        using var workspace = new Workspace();
        using var disk = await SmallDisk.CreateAsync(workspace, 1);

        await using var octet = disk.Start(workspace, workspace.RunArguments());
        var line = (await octet.EndAsync()).OneLine(Storage);

        Assert.Contains(disk.Folder, line, StringComparison.Ordinal);
        Assert.Contains("free space", line, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("quantize")]
    [InlineData("evaluate")]
    [InlineData("load")]
    public async Task Run_DiskFillsUp_SaysWhatCannotBeWrittenAndIsResumed(string stage)
    {
        using var workspace = new Workspace();
        using var disk = await SmallDisk.CreateAsync(workspace, 96);
        await using var octet = disk.Start(workspace, workspace.RunArguments());
        await octet.StageAsync(stage);

        disk.Fill();
        var line = (await octet.EndAsync()).OneLine(Storage);
        disk.Free();
        await using var again = disk.Start(workspace, "resume", disk.RunId());
        var end = await again.EndAsync();

        Assert.Contains(disk.Folder, line, StringComparison.Ordinal);
        Assert.Contains($"octet resume {disk.RunId()}", line, StringComparison.Ordinal);
        end.Ended(0, 1, 2);
    }
}
