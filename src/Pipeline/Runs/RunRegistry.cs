using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Options;
using Octet.Contracts;
using Octet.Contracts.Pipeline.V1;
using Octet.Contracts.Progress.V1;
using Octet.Contracts.Reporter.V1;
using Octet.Contracts.Results;
using Octet.Contracts.Runs;
using Octet.Pipeline.Cache;
using Octet.Pipeline.Serving;
using Octet.Pipeline.Stages;

namespace Octet.Pipeline.Runs;

/// <summary>The runs of a data root: starts, resumes, cancels and lists them. One process at a time drives a run.</summary>
public sealed class RunRegistry(DataRoot root, IOptions<PipelineOptions> options, IServiceProvider services, TimeProvider time) : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, ActiveRun> _active = new(StringComparer.Ordinal);

    /// <summary>Writes spec.yaml and starts; with <paramref name="noCache"/> nothing is taken from the stage cache.</summary>
    /// <exception cref="OctetException">The spec is wrong or the model is not there.</exception>
    public async Task<RunFolder> StartAsync(string specYaml, bool noCache, CancellationToken cancellationToken)
    {
        var spec = RunSpecYaml.Parse(specYaml, RunFiles.Spec);
        var model = ModelResolver.Resolve(spec.Model, options.Value);
        var folder = new RunFolder(root, RunFolder.NewId(time.GetUtcNow(), model));
        await ReportFile.WriteAsync(folder.PathOf(RunFiles.Spec), stream => stream.WriteAsync(System.Text.Encoding.UTF8.GetBytes(specYaml), cancellationToken).AsTask());
        await DriveAsync(folder, spec, model, new RunEvent { RunStarted = new RunStarted { RunPath = folder.RelativePath, Model = model } }, noCache, cancellationToken);
        return folder;
    }

    /// <summary>Goes on from the last finished stage.</summary>
    /// <exception cref="OctetException">There is no such run, it is finished, or another process drives it.</exception>
    public async Task<RunFolder> ResumeAsync(string id, bool noCache, CancellationToken cancellationToken)
    {
        var folder = Existing(id);
        if (_active.TryGetValue(id, out var earlier) && earlier.Journal.Events is [.., var last] && RunJournal.IsEnd(last))
        {
            // Its end is told before its servers have stopped and its lock is free.
            await earlier.Work.WaitAsync(cancellationToken);
        }

        if (RunJournal.Open(folder.PathOf(RunFiles.Events), time).Events.Any(entry => entry.RunCompleted is not null))
        {
            throw new OctetException(FailureKind.Usage, $"run {id} is finished; octet show {id} prints its report");
        }

        var spec = await RunSpecYaml.LoadAsync(folder.PathOf(RunFiles.Spec), cancellationToken);
        var model = ModelResolver.Resolve(spec.Model, options.Value);
        await DriveAsync(folder, spec, model, new RunEvent { Note = new Note { Text = "resumed" } }, noCache, cancellationToken);
        return folder;
    }

    /// <summary>Asks a run of this process to stop.</summary>
    public async Task CancelAsync(string id)
    {
        if (!_active.TryGetValue(id, out var run) || run.Work.IsCompleted)
        {
            throw new OctetException(FailureKind.Usage, $"run {id} is not running in this process");
        }

        await run.Stop.CancelAsync();
    }

    /// <summary>The events of a run from the first one: live until its end when this process drives it, otherwise what is written.</summary>
    public async IAsyncEnumerable<RunEvent> WatchAsync(string id, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (_active.TryGetValue(id, out var run))
        {
            await foreach (var entry in run.Journal.WatchAsync(cancellationToken))
            {
                yield return entry;
            }

            yield break;
        }

        foreach (var entry in RunJournal.Open(Existing(id).PathOf(RunFiles.Events), time).Events)
        {
            yield return entry;
        }
    }

    /// <summary>Every run, newest first; a folder that cannot be read is listed as damaged.</summary>
    public IReadOnlyList<RunSummary> List() => !Directory.Exists(root.RunsDirectory) ? [] :
        [.. Directory.GetDirectories(root.RunsDirectory).Select(folder => Path.GetFileName(folder)).Where(RunFolder.IsId).OrderDescending(StringComparer.Ordinal).Select(Summarize)];

    public async ValueTask DisposeAsync()
    {
        foreach (var run in _active.Values)
        {
            await run.Stop.CancelAsync();
            await run.Work;
        }
    }

    private RunFolder Existing(string id)
    {
        var folder = new RunFolder(root, id);
        return folder.Exists ? folder : throw new OctetException(FailureKind.Usage, $"there is no run '{id}' in {root.RunsDirectory}; octet runs lists them");
    }

    private async Task DriveAsync(RunFolder folder, RunSpec spec, string model, RunEvent first, bool noCache, CancellationToken cancellationToken)
    {
        var held = Lock(folder);
        try
        {
            var hash = await HashAsync(model, cancellationToken);
            var journal = RunJournal.Open(folder.PathOf(RunFiles.Events), time);
            var decided = await DecidedAsync(folder, journal, cancellationToken);
            journal.Append(first);
            var stop = new CancellationTokenSource();
            var scope = services.CreateAsyncScope();
            var context = new StageContext
            {
                Folder = folder,
                Spec = spec,
                Root = root,
                Options = options.Value,
                ModelDirectory = model,
                ModelHash = hash,
                Backends = decided,
                NoCache = noCache,
                Progress = progress => journal.Show(CurrentStage(journal), progress),
                Servers = new ServerLease(spec.Serve.Backend == "endpoint" ? services.GetRequiredService<EndpointServers>() : services.GetRequiredService<IModelServers>()),
            };
            var work = WorkAsync(scope, context, journal, held, stop);
            _active[folder.Id] = new ActiveRun(journal, stop, work);
        }
        catch
        {
            await held.DisposeAsync();
            throw;
        }
    }

    /// <summary>Who does the work, when an earlier try has decided it.</summary>
    private static async Task<IReadOnlyDictionary<string, BackendChoice>?> DecidedAsync(RunFolder folder, RunJournal journal, CancellationToken cancellationToken) =>
        journal.Completed().Contains("preflight") && File.Exists(folder.PathOf(RunFiles.Preflight))
            ? (await ReportFile.ReadAsync(folder.PathOf(RunFiles.Preflight), OctetJson.Default.PreflightReport, "preflight", cancellationToken)).Backends
            : null;

    private static async Task WorkAsync(AsyncServiceScope scope, StageContext context, RunJournal journal, FileStream held, CancellationTokenSource stop)
    {
        await Task.Yield();
        try
        {
            await scope.ServiceProvider.GetRequiredService<RunExecutor>().ExecuteAsync(context, journal, stop.Token);
        }
        catch (Exception defect)
        {
            // The boundary of a run: a defect becomes its failure, so that watchers end and the run can be resumed.
            var failure = defect is OctetException expected
                ? new Failure { Kind = expected.Kind.ToString(), Message = expected.Message }
                : new Failure { Kind = nameof(FailureKind.Internal), Message = $"{defect.GetType().Name}: {defect.Message}" };
            journal.AppendEnd(new RunEvent { StageFailed = new StageFailed { Stage = CurrentStage(journal), Failure = failure } });
        }
        finally
        {
            await context.DisposeAsync();
            await scope.DisposeAsync();
            await held.DisposeAsync();
        }
    }

    private static string CurrentStage(RunJournal journal) => journal.Events.LastOrDefault(entry => entry.StageStarted is not null)?.StageStarted.Stage ?? "preflight";

    private static FileStream Lock(RunFolder folder)
    {
        try
        {
            return new FileStream(folder.PathOf("run.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);
        }
        catch (IOException exception)
        {
            throw new OctetException(FailureKind.ResourceBusy, $"run {folder.Id} is driven by another process", exception);
        }
    }

    private static async Task<string> HashAsync(string model, CancellationToken cancellationToken)
    {
        try
        {
            return await ContentHash.OfFolderAsync(model, cancellationToken);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new OctetException(FailureKind.Model, $"model folder {model} cannot be read: {exception.Message}", exception);
        }
    }

    private RunSummary Summarize(string id)
    {
        try
        {
            var folder = new RunFolder(root, id);
            var events = _active.TryGetValue(id, out var run) ? run.Journal.Events : RunJournal.Open(folder.PathOf(RunFiles.Events), time).Events;
            return folder.Exists && events.Count > 0 ? Summarize(id, events) : new RunSummary { RunId = id, State = RunState.Damaged };
        }
        catch (OctetException)
        {
            return new RunSummary { RunId = id, State = RunState.Damaged };
        }
    }

    private RunSummary Summarize(string id, IReadOnlyList<RunEvent> events)
    {
        var last = events.LastOrDefault(RunJournal.IsEnd);
        var resumed = last is not null && events.Any(entry => entry.Sequence > last.Sequence);
        var state = last is null || resumed ? (_active.TryGetValue(id, out var run) && !run.Work.IsCompleted ? RunState.Running : RunState.Interrupted)
            : last.RunCompleted is not null ? RunState.Completed
            : last.RunCancelled is not null ? RunState.Cancelled
            : RunState.Failed;
        return new RunSummary
        {
            RunId = id,
            Model = events[0].RunStarted?.Model ?? "",
            State = state,
            Started = events[0].Time,
            Verdict = last?.RunCompleted?.Verdict ?? Verdict.Unspecified,
        };
    }

    private sealed record ActiveRun(RunJournal Journal, CancellationTokenSource Stop, Task Work);
}
