using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Octet.Contracts.Pipeline.V1;
using Octet.Contracts.Runs;
using Octet.Pipeline.Runs;
using Xunit;

namespace Octet.Pipeline.Tests;

public sealed class RunRegistryTests : IAsyncLifetime
{
    private PipelineHost _host = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _host = await PipelineHost.StartAsync();

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public void List_DamagedFolders_AreNamedAndHideNothing()
    {
        Folder("20260101-000000-good", spec: true, "{\"sequence\":\"1\",\"time\":\"2026-01-01T00:00:00Z\",\"runStarted\":{\"model\":\"/m\"}}\n{\"sequence\":\"2\",\"runCancelled\":{}}");
        Folder("20260102-000000-no-spec", spec: false, "{\"sequence\":\"1\",\"runStarted\":{}}");
        Folder("20260103-000000-no-events", spec: true, null);
        Folder("20260104-000000-garbage", spec: true, "\0\0\0");
        Folder("20260105-000000-killed", spec: true, "{\"sequence\":\"1\",\"runStarted\":{}}\n{\"sequence\":\"2\",\"stageStarted\":{\"stage\":\"load\"}}");
        Directory.CreateDirectory(Path.Combine(_host.Root.RunsDirectory, "20260106-000000-folder", RunFiles.Events));
        Directory.CreateDirectory(Path.Combine(_host.Root.RunsDirectory, "not a run"));
        Directory.CreateDirectory(Path.Combine(_host.Root.RunsDirectory, ".hidden"));
        File.WriteAllText(Path.Combine(_host.Root.RunsDirectory, "file"), "");

        var runs = _host.Runs.List();

        Assert.Equal(
            [
                ("20260106-000000-folder", RunState.Damaged), ("20260105-000000-killed", RunState.Interrupted), ("20260104-000000-garbage", RunState.Damaged),
                ("20260103-000000-no-events", RunState.Damaged), ("20260102-000000-no-spec", RunState.Damaged), ("20260101-000000-good", RunState.Cancelled),
            ],
            runs.Select(run => (run.RunId, run.State)));
        Assert.Equal("/m", runs[^1].Model);
    }

    [Fact]
    public async Task WatchRun_RunThatNobodyDrives_EndsAfterWhatIsWritten()
    {
        Folder("killed", spec: true, "{\"sequence\":\"1\",\"runStarted\":{}}\n{\"sequence\":\"2\",\"stageStarted\":{\"stage\":\"load\"}}");

        Assert.Equal([1, 2], (await _host.EndOfAsync("killed")).Select(entry => entry.Sequence));
    }

    [Theory]
    [InlineData("none")]
    [InlineData("../runs")]
    [InlineData("..")]
    [InlineData("")]
    [InlineData(".hidden")]
    [InlineData("a/b")]
    public async Task Calls_NoSuchRun_SayHowToListThem(string id)
    {
        var watch = await Assert.ThrowsAsync<RpcException>(() => _host.EndOfAsync(id));
        var resume = await Assert.ThrowsAsync<RpcException>(() => _host.ResumeAsync(id));
        var cancel = await Assert.ThrowsAsync<RpcException>(async () => await _host.Client.CancelRunAsync(new CancelRunRequest { RunId = id }, cancellationToken: Token));

        Assert.All([watch, resume], failure =>
        {
            Assert.Equal(StatusCode.InvalidArgument, failure.StatusCode);
            Assert.EndsWith("octet runs lists them", failure.Status.Detail, StringComparison.Ordinal);
        });
        Assert.Equal(StatusCode.InvalidArgument, cancel.StatusCode);
    }

    [Fact]
    public async Task ResumeRun_FinishedRun_IsRefused()
    {
        var (run, _) = await _host.CompleteAsync(_host.Spec());

        var failure = await Assert.ThrowsAsync<RpcException>(() => _host.ResumeAsync(run));
        var cancel = await Assert.ThrowsAsync<RpcException>(async () => await _host.Client.CancelRunAsync(new CancelRunRequest { RunId = run }, cancellationToken: Token));

        Assert.Equal($"run {run} is finished; octet show {run} prints its report", failure.Status.Detail);
        Assert.Equal($"run {run} is not running in this process", cancel.Status.Detail);
    }

    [Fact]
    public async Task ResumeRun_AnotherProcessDrivesIt_IsRefusedAndLeavesNoTrace()
    {
        var run = await _host.StartRunAsync(_host.Spec().Replace("seconds: 0.2", "seconds: 600", StringComparison.Ordinal));
        var refused = new TaskCompletionSource<OctetException>();
        await using var other = new RunRegistry(new DataRoot(_host.Root.FullPath), Options.Create(new PipelineOptions()), new ServiceCollection().BuildServiceProvider(), TimeProvider.System);

        var events = await _host.EndOfAsync(run, entry =>
        {
            if (entry.StageStarted is { Stage: "load" })
            {
                _ = RefusalAsync(other, run, refused);
            }
        });

        Assert.Equal((FailureKind.ResourceBusy, $"run {run} is driven by another process"), ((await refused.Task).Kind, (await refused.Task).Message));
        Assert.NotNull(events[^1].RunCancelled);
        Assert.DoesNotContain(events, entry => entry.Note is not null);
    }

    [Theory]
    [InlineData("model: /nowhere/at/all", StatusCode.FailedPrecondition, "model folder '/nowhere/at/all' does not exist")]
    [InlineData("modle: x", StatusCode.InvalidArgument, "modle")]
    [InlineData("model: &a x", StatusCode.InvalidArgument, "spec.yaml:1:8: anchor '&a' is not allowed")]
    [InlineData("quantize:\n  scheme: W4A16", StatusCode.InvalidArgument, "quantize.scheme: 'W4A16' is not one of W8A8")]
    public async Task StartRun_WrongSpec_IsRefusedAndLeavesNoRun(string spec, StatusCode status, string detail)
    {
        var failure = await Assert.ThrowsAsync<RpcException>(() => _host.StartRunAsync(spec));

        Assert.Equal(status, failure.StatusCode);
        Assert.Contains(detail, failure.Status.Detail, StringComparison.Ordinal);
        Assert.Empty(_host.Runs.List());
    }

    private async Task RefusalAsync(RunRegistry other, string run, TaskCompletionSource<OctetException> refused)
    {
        try
        {
            await other.ResumeAsync(run, noCache: false, Token);
            refused.SetException(new InvalidOperationException("two processes drive the run"));
        }
        catch (OctetException failure)
        {
            refused.SetResult(failure);
        }
        finally
        {
            await _host.Runs.CancelAsync(run);
        }
    }

    private void Folder(string id, bool spec, string? events)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_host.Root.RunsDirectory, id)).FullName;
        if (spec)
        {
            File.WriteAllText(Path.Combine(folder, RunFiles.Spec), "{}");
        }

        if (events is not null)
        {
            File.WriteAllText(Path.Combine(folder, RunFiles.Events), events);
        }
    }
}
