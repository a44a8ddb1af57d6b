using System.Net;
using System.Net.Sockets;
using Octet.EndToEnd.Tests.Processes;
using Xunit;

namespace Octet.EndToEnd.Tests.BadInput;

public sealed class BadInputTests
{
    private const int Usage = 4;
    private const int Model = 5;
    private const int Busy = 8;
    private const int Storage = 9;

    [Theory]
    [InlineData("run", "--model", "nowhere/at/all")]
    [InlineData("run", "--model", "some-org/some-model")]
    [InlineData("quantize", "nowhere", "--output", "out")]
    [InlineData("serve", "nowhere", "--port", "0")]
    public async Task Command_NoSuchModel_SaysWhichAndWhere(params string[] arguments)
    {
        using var workspace = new Workspace();
        workspace.Environment["HF_ENDPOINT"] = "http://127.0.0.1:1";

        var line = (await OctetProcess.RunAsync(workspace, arguments)).OneLine(Model);

        Assert.Contains(arguments.First(argument => argument.Contains("nowhere", StringComparison.Ordinal) || argument.Contains("some-model", StringComparison.Ordinal)), line, StringComparison.Ordinal);
        if (arguments.Contains("some-org/some-model"))
        {
            Assert.Contains("http://127.0.0.1:1/ cannot be reached", line, StringComparison.Ordinal);
            Assert.Contains("HF_ENDPOINT", line, StringComparison.Ordinal);
            Assert.Contains(workspace.Environment.GetValueOrDefault("HF_HOME") ?? Path.Combine(workspace.Folder, "hub"), line, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Run_TruncatedWeights_SaysWhichFileAndIsResumedWhenRepaired()
    {
        using var workspace = new Workspace();
        var model = workspace.CopyModel("damaged");
        var file = Path.Combine(model, "model.safetensors");
        var whole = File.ReadAllBytes(file);
        File.WriteAllBytes(file, whole[..(whole.Length / 2)]);

        var line = (await OctetProcess.RunAsync(workspace, workspace.RunArguments(model))).OneLine(Model);
        File.WriteAllBytes(file, whole);
        var end = await OctetProcess.RunAsync(workspace, "resume", workspace.RunId);

        Assert.Contains(file, line, StringComparison.Ordinal);
        Assert.Contains($"octet resume {workspace.RunId}", line, StringComparison.Ordinal);
        end.Ended(0, 1, 2);
    }

    [Theory]
    [InlineData("quantize")]
    [InlineData("serve")]
    public async Task Command_TruncatedWeights_SaysWhichFile(string command)
    {
        using var workspace = new Workspace();
        var model = workspace.CopyModel("damaged");
        var file = Path.Combine(model, "model.safetensors");
        using (var stream = File.OpenWrite(file))
        {
            stream.SetLength(stream.Length - 1);
        }

        var line = (await OctetProcess.RunAsync(workspace, [command, model, .. command == "serve" ? (string[])["--port", "0"] : ["--output", "out"]])).OneLine(Model);

        Assert.Contains(file, line, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(workspace.Folder, "out")));
    }

    [Fact]
    public async Task Run_UnknownArchitecture_NamesIt()
    {
        using var workspace = new Workspace();
        var model = workspace.CopyModel("unknown");
        var config = Path.Combine(model, "config.json");
        File.WriteAllText(config, File.ReadAllText(config).Replace("LlamaForCausalLM", "MambaForCausalLM", StringComparison.Ordinal));

        var line = (await OctetProcess.RunAsync(workspace, workspace.RunArguments(model))).OneLine(Model);

        Assert.Contains("MambaForCausalLM", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_MalformedSpec_TellsEveryErrorWithItsLine()
    {
        using var workspace = new Workspace();
        var spec = workspace.Write("bad.yaml", "serve:\n  max-num-seqs: many\nload:\n  secnods: 1\n  replicates: -1\n");

        var refused = (await OctetProcess.RunAsync(workspace, workspace.RunArguments(spec: spec))).Ended(Usage);

        var said = string.Join('\n', refused.Errors);
        Assert.All(["bad.yaml:2:17: ", "bad.yaml:4:3: ", "bad.yaml:5:15: "], place => Assert.Contains(place, said, StringComparison.Ordinal));
        Assert.False(Directory.Exists(workspace.Runs) && Directory.EnumerateFileSystemEntries(workspace.Runs).Any());
    }

    [Fact]
    public async Task Run_NoSuchSpec_NamesTheFile()
    {
        using var workspace = new Workspace();

        var line = (await OctetProcess.RunAsync(workspace, "run", "--spec", "missing.yaml")).OneLine(Usage);

        Assert.Contains("missing.yaml", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Serve_PortTaken_SaysWhichAndWhatToDo()
    {
        using var workspace = new Workspace();
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;

        var line = (await OctetProcess.RunAsync(workspace, "serve", Workspace.Model, "--port", FormattableString.Invariant($"{port}"))).OneLine(Busy);

        Assert.Contains(FormattableString.Invariant($"127.0.0.1:{port}"), line, StringComparison.Ordinal);
        Assert.Contains("--port", line, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("run")]
    [InlineData("runs")]
    [InlineData("resume", "some-run")]
    [InlineData("show", "some-run")]
    public async Task Command_DataRootCannotBeWritten_NamesIt(params string[] arguments)
    {
        using var workspace = new Workspace();
        var root = Path.Combine(workspace.Write("a-file", "not a folder"), "root");

        var line = (await OctetProcess.RunAsync(workspace, [.. arguments, "--data-root", root])).OneLine(Storage);

        Assert.Contains(root, line, StringComparison.Ordinal);
        Assert.Contains("--data-root", line, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("resume")]
    [InlineData("show")]
    public async Task Command_NoSuchRun_NamesIt(string command)
    {
        using var workspace = new Workspace();

        Assert.Contains("'20990101-000000-none-0000'", (await OctetProcess.RunAsync(workspace, command, "20990101-000000-none-0000")).OneLine(Usage), StringComparison.Ordinal);
    }
}
