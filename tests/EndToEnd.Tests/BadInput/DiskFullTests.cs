using Octet.EndToEnd.Tests.Processes;
using Xunit;

namespace Octet.EndToEnd.Tests.BadInput;

public sealed class DiskFullTests
{
    private const int Storage = 9;

    [Fact]
    public async Task Run_DiskTooSmall_IsRefusedBeforeAnythingIsSpent()
    {
        using var workspace = new Workspace();
        var disk = Directory.CreateDirectory(Path.Combine(workspace.Folder, "disk")).FullName;

        await using var octet = OctetProcess.Start(workspace, SmallDisk.At(disk, 1), [.. workspace.RunArguments(), "--data-root", disk]);
        var line = (await octet.EndAsync()).OneLine(Storage);

        Assert.Contains(disk, line, StringComparison.Ordinal);
        Assert.Contains("--data-root", line, StringComparison.Ordinal);
    }
}
