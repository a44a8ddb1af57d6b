using Octet.Contracts.Backends.V1;
using Octet.Contracts.Runs;

namespace Octet.Jobs.Backends;

/// <summary>The backends of one kind of work, each with its queue: this program's own, and a Python worker.</summary>
public sealed class WorkBackends
{
    private readonly string _stage;
    private readonly string _nativeQueue;
    private readonly string _pythonQueue;
    private readonly string _module;

    private WorkBackends(string stage, string nativeQueue, string pythonQueue, string module) =>
        (_stage, _nativeQueue, _pythonQueue, _module) = (stage, nativeQueue, pythonQueue, module);

    /// <summary>Name of every native backend.</summary>
    public const string Native = "native";

    public static WorkBackends Quantize { get; } = new("quantize", JobQueues.QuantizeNative, JobQueues.QuantizeLlmCompressor, "octet_quantize");

    public static WorkBackends Evaluate { get; } = new("evaluate", JobQueues.EvaluateNative, JobQueues.EvaluateLmEval, "octet_evaluate");

    public static WorkBackends Load { get; } = new("load", JobQueues.LoadNative, JobQueues.LoadGuideLlm, "octet_loadtest");

    /// <summary>Name of the Python backend: the tool that it drives.</summary>
    public string Python => _pythonQueue[(_pythonQueue.IndexOf(':', StringComparison.Ordinal) + 1)..];

    /// <summary>The live workers of both, as they announce themselves.</summary>
    /// <exception cref="OctetException">The queue cannot be reached.</exception>
    public async Task<ListBackendsResponse> ListAsync(JobQueue queue, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(queue);
        return new ListBackendsResponse
        {
            Backends =
            {
                await DescribeAsync(queue, Native, _nativeQueue, cancellationToken),
                await DescribeAsync(queue, Python, _pythonQueue, cancellationToken),
            },
        };
    }

    /// <summary>The queue of a backend; that of a Python backend only while somebody works on it.</summary>
    /// <exception cref="OctetException">No such backend, or no worker of it.</exception>
    public async Task<string> QueueAsync(JobQueue queue, string backend, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(queue);
        if (backend == Native)
        {
            return _nativeQueue;
        }

        if (backend != Python)
        {
            throw new OctetException(FailureKind.BackendUnavailable, $"{_stage}.backend '{backend}' is not known; use {Native} or {Python}");
        }

        return (await queue.LiveWorkersAsync(_pythonQueue, cancellationToken)).Count > 0 ? _pythonQueue : throw Missing();
    }

    /// <summary>The failure of a run that needs the Python worker where none is.</summary>
    public OctetException Missing() => new(
        FailureKind.BackendUnavailable,
        $"{_stage}.backend '{Python}': no such worker is connected to the queue; start one with ConnectionStrings__redis, DataRoot and `python -m {_module}` (docs/python-workers.md), or use {Native}");

    private static async Task<Backend> DescribeAsync(JobQueue queue, string name, string queueName, CancellationToken cancellationToken)
    {
        var backend = new Backend { Name = name };
        foreach (var live in await queue.LiveWorkersAsync(queueName, cancellationToken))
        {
            backend.Workers.Add(new Worker { Name = live.Worker, Versions = { live.Versions.ToDictionary(tool => tool.Key, tool => tool.Value) } });
        }

        return backend;
    }
}
