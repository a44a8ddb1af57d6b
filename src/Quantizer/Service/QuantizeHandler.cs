using Octet.Checkpoints;
using Octet.Contracts;
using Octet.Contracts.Jobs;
using Octet.Contracts.Runs;
using Octet.Jobs;
using Octet.Quantizer.Native;

namespace Octet.Quantizer.Service;

/// <summary>Quantizes with the native backend and leaves quantize.json.</summary>
public sealed class QuantizeHandler(DataRoot root) : IJobHandler<QuantizeJob>
{
    public async Task<JobResult> HandleAsync(QuantizeJob job, IProgress<JobProgress> progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(job);
        ArgumentNullException.ThrowIfNull(progress);
        if (job.Scheme != "W8A8" || job.Recipe != "data-free")
        {
            throw new OctetException(FailureKind.BackendUnavailable, $"the native quantizer makes W8A8 with recipe data-free, not {job.Scheme} with {job.Recipe}; that needs the llm-compressor worker");
        }

        try
        {
            var relay = new Relay(update => progress.Report(new JobProgress(update.Tensor, update.BytesDone, update.BytesTotal, "bytes")));
            var report = await new W8A8Quantizer().RunAsync(root.ResolveReadable(job.ModelPath), root.Resolve(job.OutputPath), job.Ignore, relay, cancellationToken);
            var path = root.Resolve(job.ReportPath);
            await ReportFile.WriteAsync(path, report, OctetJson.Default.QuantizeReport, cancellationToken);
            return new JobResult(root.ToRelative(path));
        }
        catch (CheckpointException failure)
        {
            throw new OctetException(FailureKind.Model, failure.Message, failure);
        }
    }

    private sealed class Relay(Action<QuantizeProgress> report) : IProgress<QuantizeProgress>
    {
        public void Report(QuantizeProgress value) => report(value);
    }
}
