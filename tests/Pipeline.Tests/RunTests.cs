using Octet.Contracts.Pipeline.V1;
using Octet.Contracts.Runs;
using Xunit;

namespace Octet.Pipeline.Tests;

/// <summary>Whole runs: real services, real model servers, real files.</summary>
public sealed class RunTests : IAsyncLifetime
{
    private static readonly string[] Stages = ["preflight", "quantize", "verify", "serve", "evaluate", "load", "compare"];
    private PipelineHost _host = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _host = await PipelineHost.StartAsync();

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task Run_SecondOneWithTheSameInputs_ReusesWhatItCanAndStartsNoServer()
    {
        var (_, first) = await _host.CompleteAsync(_host.Spec());
        var (run, second) = await _host.CompleteAsync(_host.Spec());

        Assert.Equal(Stages, Finished(first));
        Assert.Empty(Reused(first));
        Assert.Equal(["quantize", "verify", "serve", "evaluate", "load"], Reused(second));
        Assert.All(second.Where(entry => entry.StageCompleted is { Reused: true }), entry => Assert.Contains("reused from the cache", entry.StageCompleted.Summary, StringComparison.Ordinal));
        Assert.Equal(1, _host.Servers.Starts);
        Assert.True(File.Exists(_host.PathOf(run, RunFiles.ComparisonMarkdown)));
    }

    [Fact]
    public async Task Run_OneInputChanged_RepeatsWhatDependsOnItOnly()
    {
        await _host.CompleteAsync(_host.Spec());

        var (_, load) = await _host.CompleteAsync(_host.Spec().Replace("output-tokens: 4", "output-tokens: 5", StringComparison.Ordinal));
        File.AppendAllText(Path.Combine(_host.Tasks, "mini_arc.jsonl"), "\n");
        var (_, tasks) = await _host.CompleteAsync(_host.Spec());
        File.WriteAllText(Path.Combine(_host.Model, "generation_config.json"), "{\"temperature\":0.5}");
        var (_, model) = await _host.CompleteAsync(_host.Spec());

        Assert.Equal(["quantize", "verify", "evaluate"], Reused(load));
        Assert.Equal(["quantize", "verify", "load"], Reused(tasks));
        Assert.Empty(Reused(model));
    }

    [Fact]
    public async Task Run_DamagedCacheAndArtefact_AreNotUsed()
    {
        await _host.CompleteAsync(_host.Spec());
        var entry = Directory.GetDirectories(Path.Combine(_host.Root.CacheDirectory, "stages"), "load-*").Single();
        File.WriteAllText(Path.Combine(entry, RunFiles.Load), "{}");

        var (_, events) = await _host.CompleteAsync(_host.Spec());
        Assert.Equal(["quantize", "verify", "evaluate"], Reused(events));

        // One byte of the compressed weights, with size and time as they were.
        var weights = Path.Combine(Directory.GetDirectories(_host.Root.ModelsDirectory).Single(), "model.safetensors");
        var (sound, written) = (File.ReadAllBytes(weights), File.GetLastWriteTimeUtc(weights));
        File.WriteAllBytes(weights, [.. sound[..^1], (byte)(sound[^1] ^ 1)]);
        File.SetLastWriteTimeUtc(weights, written);

        var (_, repaired) = await _host.CompleteAsync(_host.Spec());

        Assert.Equal(sound, File.ReadAllBytes(weights));
        Assert.Equal(["verify", "serve", "evaluate", "load"], Reused(repaired));
    }

    [Fact]
    public async Task Run_SameAgain_SaysWhichRunMeasuredAndWithoutCacheMeasuresAnew()
    {
        var (first, _) = await _host.CompleteAsync(_host.Spec());
        var (second, again) = await _host.CompleteAsync(_host.Spec());
        var third = (await _host.Client.StartRunAsync(new StartRunRequest { SpecYaml = _host.Spec(), NoCache = true }, cancellationToken: Token)).RunId;
        var anew = await _host.EndOfAsync(third);

        Assert.All(again.Where(entry => entry.StageCompleted is { Reused: true }), entry => Assert.Equal(first, entry.StageCompleted.ReusedFrom));
        var report = File.ReadAllText(_host.PathOf(second, RunFiles.ComparisonMarkdown));
        Assert.Contains($"Run {second}.", report, StringComparison.Ordinal);
        Assert.Contains($"load (run {first})", report, StringComparison.Ordinal);
        PipelineHost.AssertCompleted(anew);
        Assert.Empty(Reused(anew));
        Assert.DoesNotContain("earlier run", File.ReadAllText(_host.PathOf(third, RunFiles.ComparisonMarkdown)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Resume_JournalCutAtEveryEvent_CompletesWithoutRepeatingFinishedWork()
    {
        var (run, events) = await _host.CompleteAsync(_host.Spec());
        var path = _host.PathOf(run, RunFiles.Events);
        var lines = File.ReadAllLines(path).Where(line => line.Length > 0).ToArray();
        Assert.Equal(events.Count, lines.Length);

        for (var kept = 1; kept < lines.Length; kept++)
        {
            var half = lines[kept][..(lines[kept].Length / 2)];
            File.WriteAllText(path, "\n" + string.Join('\n', lines[..kept]) + "\n" + half);
            var before = Finished(events[..kept]);

            await _host.ResumeAsync(run);
            var after = await _host.EndOfAsync(run);

            PipelineHost.AssertCompleted(after);
            Assert.Equal("resumed", after[kept].Note.Text);
            Assert.Equal([.. Stages.Except(before.Where(stage => stage != "compare"))], Finished(after[kept..]));
        }

        Assert.Equal(1, _host.Servers.Starts);
    }

    [Fact]
    public async Task Resume_ResultOfAFinishedStageIsGone_RunsThatStageAgain()
    {
        var (run, _) = await _host.CompleteAsync(_host.Spec());
        var path = _host.PathOf(run, RunFiles.Events);
        File.WriteAllLines(path, File.ReadAllLines(path)[..^1]);
        File.Delete(_host.PathOf(run, RunFiles.Load));

        await _host.ResumeAsync(run);
        var events = await _host.EndOfAsync(run);

        PipelineHost.AssertCompleted(events);
        Assert.Equal(["load", "compare"], Finished(events.SkipWhile(entry => entry.Note is null)));
    }

    [Fact]
    public async Task Resume_PolicyChangedAfterItsHashWasNoted_IsRefused()
    {
        var (run, _) = await _host.CompleteAsync(_host.Spec("policy: {alpha: 0.05}"));
        var path = _host.PathOf(run, RunFiles.Events);
        File.WriteAllLines(path, File.ReadAllLines(path)[..^1]);
        var spec = _host.PathOf(run, RunFiles.Spec);
        File.WriteAllText(spec, File.ReadAllText(spec).Replace("alpha: 0.05", "alpha: 0.2", StringComparison.Ordinal));

        await _host.ResumeAsync(run);
        var failure = (await _host.EndOfAsync(run))[^1].StageFailed.Failure;

        Assert.Contains("policy", failure.Message, StringComparison.Ordinal);
        Assert.Contains("was changed after the run began", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cancel_InMidStage_LeavesARunThatGoesOn()
    {
        var run = await _host.StartRunAsync(_host.Spec().Replace("seconds: 0.2", "seconds: 600", StringComparison.Ordinal));
        var cancelled = await _host.EndOfAsync(run, entry =>
        {
            if (entry.StageStarted is { Stage: "load" })
            {
                _host.Client.CancelRun(new CancelRunRequest { RunId = run }, cancellationToken: Token);
            }
        });

        Assert.NotNull(cancelled[^1].RunCancelled);
        Assert.Equal(Stages[..5], Finished(cancelled));
        Assert.False(File.Exists(_host.PathOf(run, RunFiles.Load)));
        Assert.Equal(RunState.Cancelled, _host.Runs.List().Single().State);

        var spec = _host.PathOf(run, RunFiles.Spec);
        File.WriteAllText(spec, File.ReadAllText(spec).Replace("seconds: 600", "seconds: 0.2", StringComparison.Ordinal));
        await _host.ResumeAsync(run);
        var resumed = await _host.EndOfAsync(run);

        PipelineHost.AssertCompleted(resumed);
        Assert.Equal(["load", "compare"], Finished(resumed[cancelled.Count..]));
    }

    [Fact]
    public async Task ServerDies_DuringAStage_FailsThatStageWithItsReasonAndGoesOn()
    {
        var run = await _host.StartRunAsync(_host.Spec().Replace("seconds: 0.2", "seconds: 600", StringComparison.Ordinal));
        var failed = await _host.EndOfAsync(run, entry =>
        {
            if (entry.StageStarted is { Stage: "load" })
            {
                _host.Servers.Die();
            }
        });

        var failure = failed[^1].StageFailed;
        Assert.Equal(("load", nameof(FailureKind.Server), "compressed server died with code 137"), (failure.Stage, failure.Failure.Kind, failure.Failure.Message));
        Assert.Equal(RunState.Failed, _host.Runs.List().Single().State);

        var spec = _host.PathOf(run, RunFiles.Spec);
        File.WriteAllText(spec, File.ReadAllText(spec).Replace("seconds: 600", "seconds: 0.2", StringComparison.Ordinal));
        await _host.ResumeAsync(run);
        PipelineHost.AssertCompleted(await _host.EndOfAsync(run));
        Assert.Equal(2, _host.Servers.Starts);
    }

    [Fact]
    public async Task Serve_SettingsDiffer_IsRefusedByName()
    {
        _host.Servers.CompressedMaxNumSeqs = 7;

        var run = await _host.StartRunAsync(_host.Spec());
        var failure = (await _host.EndOfAsync(run))[^1].StageFailed;

        Assert.Equal(("serve", nameof(FailureKind.Server)), (failure.Stage, failure.Failure.Kind));
        Assert.Equal("the two servers differ in max_num_seqs ('64' against '7'); a comparison needs equal settings", failure.Failure.Message);
    }

    [Fact]
    public async Task Runs_TwoAtOnceWithTheSameInputs_BothComplete()
    {
        var runs = await Task.WhenAll(_host.StartRunAsync(_host.Spec()), _host.StartRunAsync(_host.Spec()));

        var ends = await Task.WhenAll(runs.Select(run => _host.EndOfAsync(run)));

        Assert.All(ends, PipelineHost.AssertCompleted);
        Assert.Equal(2, runs.Distinct().Count());
    }

    private static string[] Finished(IEnumerable<RunEvent> events) => [.. events.Where(entry => entry.StageCompleted is not null).Select(entry => entry.StageCompleted.Stage)];

    private static string[] Reused(IEnumerable<RunEvent> events) => [.. events.Where(entry => entry.StageCompleted is { Reused: true }).Select(entry => entry.StageCompleted.Stage)];
}
