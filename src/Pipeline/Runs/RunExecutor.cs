using System.Diagnostics;
using Octet.Contracts.Pipeline.V1;
using Octet.Contracts.Progress.V1;
using Octet.Contracts.Runs;
using Octet.Pipeline.Cache;
using Octet.Pipeline.Stages;

namespace Octet.Pipeline.Runs;

/// <summary>Runs the stages of one run that are not finished yet, in order.</summary>
public sealed class RunExecutor(IEnumerable<IStage> stages, StageCache cache, TimeProvider time)
{
    /// <summary>Spans: one for the run, one for each stage.</summary>
    public const string SourceName = "Octet.Pipeline";

    private static readonly ActivitySource Source = new(SourceName);

    /// <summary>Runs to the end; failure and cancellation are events of the journal, not exceptions.</summary>
    public async Task ExecuteAsync(StageContext context, RunJournal journal, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(journal);
        using var activity = Source.StartActivity("run " + context.Folder.Id);
        var completed = journal.Completed();
        var current = "preflight";
        try
        {
            foreach (var stage in stages.Where(stage => stage.IsWanted(context.Spec) && (!completed.Contains(stage.Name) || !stage.IsIntact(context))))
            {
                current = stage.Name;
                await ExecuteAsync(stage, context, journal, cancellationToken);
            }

            var response = stages.OfType<CompareStage>().Single().Response!;
            var done = new RunCompleted { Verdict = response.Verdict, MarkdownPath = response.MarkdownPath };
            done.Reasons.AddRange(response.Reasons);
            journal.Append(new RunEvent { RunCompleted = done });
        }
        catch (OctetException failure) when (!cancellationToken.IsCancellationRequested)
        {
            activity?.SetStatus(ActivityStatusCode.Error, failure.Message);
            journal.AppendEnd(new RunEvent { StageFailed = new StageFailed { Stage = current, Failure = new Failure { Kind = failure.Kind.ToString(), Message = failure.Message } } });
        }
        catch (Exception) when (cancellationToken.IsCancellationRequested)
        {
            journal.AppendEnd(new RunEvent { RunCancelled = new RunCancelled() });
        }
    }

    private async Task ExecuteAsync(IStage stage, StageContext context, RunJournal journal, CancellationToken cancellationToken)
    {
        using var activity = Source.StartActivity("stage " + stage.Name);
        journal.Append(new RunEvent { StageStarted = new StageStarted { Stage = stage.Name, TraceId = Activity.Current is { Recorded: true } traced ? traced.TraceId.ToString() : "" } });
        var started = time.GetTimestamp();
        var key = stage.CacheKey(context);
        var reused = key is not null && !context.NoCache && cache.Has(stage.Name, key, stage.Files);
        var origin = "";
        string summary;
        if (reused)
        {
            cache.Restore(stage.Name, key!, context.Folder.FullPath);
            origin = cache.Origin(stage.Name, key!);
            summary = $"same inputs as before: reused from the cache (of run {origin})";
        }
        else
        {
            summary = await stage.RunAsync(context, cancellationToken);
            if ((key ?? stage.CacheKey(context)) is { } result && await stage.IsKeptAsync(context, cancellationToken))
            {
                cache.Keep(stage.Name, result, stage.Files, context.Folder.FullPath);
            }
        }

        journal.Append(new RunEvent
        {
            StageCompleted = new StageCompleted { Stage = stage.Name, Seconds = time.GetElapsedTime(started).TotalSeconds, Reused = reused, ReusedFrom = origin, Summary = summary },
        });
    }
}
