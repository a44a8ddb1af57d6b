using Octet.Contracts.Jobs;
using Octet.Contracts.Runs;

namespace Octet.Jobs;

/// <summary>Does one kind of job. A job may come twice (a worker was lost), so its output must appear at once and be the same each time.</summary>
/// <typeparam name="TJob">A job message of the contracts.</typeparam>
public interface IJobHandler<in TJob>
{
    /// <param name="job">The message.</param>
    /// <param name="progress">May be called as often as wished: what is sent is throttled.</param>
    /// <param name="cancellationToken">Fires when the job was cancelled, the worker stops or its lease ran out.</param>
    /// <exception cref="OctetException">An expected failure. Kinds Server, ResourceBusy, BackendUnavailable and Internal are tried again.</exception>
    Task<JobResult> HandleAsync(TJob job, IProgress<JobProgress> progress, CancellationToken cancellationToken);
}
