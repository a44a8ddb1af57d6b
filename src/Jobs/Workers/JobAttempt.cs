using System.Diagnostics;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Octet.Contracts.Runs;
using Octet.Jobs.Queue;

namespace Octet.Jobs.Workers;

/// <summary>Runs a handler on one claimed job and says how it ended.</summary>
internal sealed class JobAttempt<TJob>(IJobHandler<TJob> handler, ILogger logger)
{
    private const int LongestMessage = 2000;

    /// <param name="claim">The job.</param>
    /// <param name="progress">Where the handler reports.</param>
    /// <param name="cancelled">Somebody asked to cancel the job.</param>
    /// <param name="lost">The lease ran out.</param>
    /// <param name="stopping">The worker stops.</param>
    public async Task<JobOutcome> RunAsync(JobClaim claim, IProgress<JobProgress> progress, CancellationToken cancelled, CancellationToken lost, CancellationToken stopping)
    {
        using var activity = JobTelemetry.StartProcess(claim.Queue, claim.Id, claim.Attempt, claim.TraceParent, claim.TraceState);
        using var any = CancellationTokenSource.CreateLinkedTokenSource(cancelled, lost, stopping);
        var outcome = await HandleAsync(claim, progress, any.Token);
        if (outcome is JobOutcome.Cancelled)
        {
            outcome = lost.IsCancellationRequested ? new JobOutcome.Lost() : cancelled.IsCancellationRequested ? outcome : new JobOutcome.Released();
        }

        if (outcome is JobOutcome.Failed failed)
        {
            activity?.SetStatus(ActivityStatusCode.Error, failed.Message);
        }

        return outcome;
    }

    private async Task<JobOutcome> HandleAsync(JobClaim claim, IProgress<JobProgress> progress, CancellationToken cancellationToken)
    {
        try
        {
            var job = JsonSerializer.Deserialize(claim.Body, JobsJson.Message<TJob>()) ?? throw new JsonException("the message is null");
            return await CallAsync(claim, job, progress, cancellationToken);
        }
        catch (JsonException error)
        {
            return new JobOutcome.Unreadable(OneLine(error.Message));
        }
    }

    private async Task<JobOutcome> CallAsync(JobClaim claim, TJob job, IProgress<JobProgress> progress, CancellationToken cancellationToken)
    {
        try
        {
            var result = await handler.HandleAsync(job, progress, cancellationToken);
            return new JobOutcome.Completed(JsonSerializer.SerializeToUtf8Bytes(result, JobsJson.Message<Contracts.Jobs.JobResult>()));
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return new JobOutcome.Cancelled();
        }
        catch (OctetException error)
        {
            return new JobOutcome.Failed(error.Kind, Shorten(error.Message), MayPass(error.Kind));
        }
        catch (Exception error) when (DiskErrors.IsFull(error))
        {
            return new JobOutcome.Failed(FailureKind.Storage, Shorten(DiskErrors.ToFailure(error).Message), MayPass: false);
        }
        catch (Exception error)
        {
            // The one boundary of a worker: whatever a handler throws becomes the job's failure, with its reason.
            Log.AttemptBroke(logger, error, claim.Id, claim.Attempt);
            return new JobOutcome.Failed(FailureKind.Internal, OneLine($"{error.GetType().Name}: {error.Message}"), MayPass: true);
        }
    }

    private static bool MayPass(FailureKind kind) =>
        kind is FailureKind.Server or FailureKind.ResourceBusy or FailureKind.BackendUnavailable or FailureKind.Internal;

    private static string OneLine(string message) => Shorten(message.ReplaceLineEndings(" "));

    private static string Shorten(string message) => message.Length <= LongestMessage ? message : message[..LongestMessage] + "...";
}
