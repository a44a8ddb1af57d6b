using System.Collections.Concurrent;
using System.Threading.Channels;
using Octet.Checkpoints;
using Octet.Inference.Compute;
using Octet.Inference.Kernels;
using Octet.Inference.KvCache;
using Octet.Inference.Models;
using Octet.Inference.Scheduling;

namespace Octet.Inference;

/// <summary>A model with its KV cache, scheduler and compute threads. Requests join and leave a running batch between two forward passes.</summary>
public sealed class LlmEngine : IDisposable
{
    private readonly CheckpointDirectory _checkpoint;
    private readonly CheckpointDirectory? _original;
    private readonly KvStorage _storage;
    private readonly ComputePool _compute;
    private readonly LlamaModel _model;
    private readonly Scheduler _scheduler;
    private readonly EngineStep _step;
    private readonly BlockPool _blocks;
    private readonly EngineOptions _options;
    private readonly TimeProvider _time;
    private readonly ConcurrentQueue<Sequence> _arrived = new();
    private readonly SemaphoreSlim _wake = new(0);
    private readonly Thread _thread;

    /// <summary>Requests submitted and not yet admitted to the batch. Interlocked, because any thread submits.</summary>
    private int _unadmitted;
    private long _submitted;
    private volatile bool _stopping;

    /// <summary>Written by the engine's thread alone; others only look.</summary>
    private volatile bool _parked;
    private long _wakeUps;
    private volatile EngineStatistics _statistics = new(0, 0, 0, 0, 0, 0);

    private LlmEngine(CheckpointDirectory checkpoint, CheckpointDirectory? original, IReadOnlySet<int> restored, EngineInfo info, EngineOptions options, KernelSet kernels, TimeProvider time)
    {
        _checkpoint = checkpoint;
        _original = original;
        _options = options with { BlockSize = info.BlockSize, MaxNumBatchedTokens = info.MaxNumBatchedTokens };
        _time = time;
        Info = info;
        _storage = new KvStorage(Model.Layers, info.Blocks, info.BlockSize, Model.KvHeads, Model.HeadDim);
        _compute = new ComputePool(info.Threads);
        _model = new LlamaModel(LlamaWeights.Load(checkpoint, original ?? checkpoint, restored), Model, _storage, kernels, _compute, info.Dtype, info.MaxModelLen, options.EnforceEager);
        _blocks = new BlockPool(info.Blocks, options.EnablePrefixCaching);
        _scheduler = new Scheduler(_options, _blocks);
        _step = new EngineStep(_model, Model, _compute, info.MaxModelLen, time);
        _thread = new Thread(Loop) { IsBackground = true, Name = "octet-engine" };
        _thread.Start();
    }

    public ModelConfig Model => _checkpoint.Config;

    public EngineInfo Info { get; }

    public EngineStatistics Statistics => _statistics;

    /// <summary>True while the engine's thread waits without any processor time for something to do.</summary>
    public bool IsParked => _parked;

    /// <summary>Times the engine's thread left that wait; it stands still while nothing is asked.</summary>
    public long WakeUps => Interlocked.Read(ref _wakeUps);

    /// <summary>Called on the engine's thread after each forward pass; must return quickly.</summary>
    public event Action<EnginePass>? PassCompleted;

    /// <summary>Opens a model folder and starts an engine on it.</summary>
    /// <exception cref="CheckpointException">The folder cannot be used, or the options do not fit the model or the memory.</exception>
    public static LlmEngine Load(string directory, EngineOptions options, TimeProvider? time = null) => Load(directory, null, new HashSet<int>(), options, time);

    /// <summary>An engine on a compressed model, some decoder layers of which are the original's.</summary>
    /// <param name="directory">The compressed model's folder.</param>
    /// <param name="originalDirectory">The folder of the model that it was made from.</param>
    /// <param name="restored">Layers taken from the original, from 0.</param>
    /// <param name="options">As for a whole model.</param>
    /// <param name="time">Clock; null for the system's.</param>
    /// <exception cref="CheckpointException">A folder cannot be used, or the options do not fit the model or the memory.</exception>
    public static LlmEngine Load(string directory, string? originalDirectory, IReadOnlySet<int> restored, EngineOptions options, TimeProvider? time = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        ArgumentNullException.ThrowIfNull(restored);
        ArgumentNullException.ThrowIfNull(options);
        var checkpoint = CheckpointDirectory.Open(directory);
        CheckpointDirectory? original = null;
        try
        {
            original = originalDirectory is null ? null : CheckpointDirectory.Open(originalDirectory);
            var kernels = KernelSet.Choose(Environment.GetEnvironmentVariable(KernelSet.ForceVariable));
            return new LlmEngine(checkpoint, original, restored, EngineSizing.Resolve(checkpoint, options, kernels), options, kernels, time ?? TimeProvider.System);
        }
        catch
        {
            checkpoint.Dispose();
            original?.Dispose();
            throw;
        }
    }

    /// <summary>Queues a request.</summary>
    /// <exception cref="EngineQueueFullException">The waiting queue is full.</exception>
    /// <exception cref="ArgumentException">The prompt is empty, too long, or has an id outside the vocabulary.</exception>
    public EngineStream Submit(EngineRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        ObjectDisposedException.ThrowIf(_stopping, this);
        Check(request.PromptTokenIds);
        if (Interlocked.Increment(ref _unadmitted) > _options.MaxWaiting + Info.MaxNumSeqs)
        {
            Interlocked.Decrement(ref _unadmitted);
            throw new EngineQueueFullException($"{_options.MaxWaiting} requests are waiting already");
        }

        var outputs = Channel.CreateUnbounded<EngineOutput>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });
        var seed = request.Sampling.Seed ?? unchecked(_options.Seed + (Interlocked.Increment(ref _submitted) * 0x2545F4914F6CDD1D));
        var sequence = new Sequence(request, outputs.Writer, unchecked((ulong)seed), _time.GetTimestamp());
        _arrived.Enqueue(sequence);
        Wake();
        return new EngineStream(sequence, outputs.Reader, Wake);
    }

    public void Dispose()
    {
        if (_stopping)
        {
            return;
        }

        _stopping = true;
        Wake();
        _thread.Join();
        _model.Dispose();
        _compute.Dispose();
        _storage.Dispose();
        _checkpoint.Dispose();
        _original?.Dispose();
        _wake.Dispose();
    }

    private void Check(IReadOnlyList<int> prompt)
    {
        if (prompt.Count == 0)
        {
            throw new ArgumentException("the prompt has no tokens");
        }

        if (prompt.Count > Info.MaxModelLen)
        {
            throw new ArgumentException($"the prompt has {prompt.Count} tokens; this model takes {Info.MaxModelLen}");
        }

        foreach (var id in prompt)
        {
            if ((uint)id >= (uint)Model.VocabSize)
            {
                throw new ArgumentException($"token id {id} is out of vocabulary (0 to {Model.VocabSize - 1})");
            }
        }
    }

    private void Wake()
    {
        if (_wake.CurrentCount == 0)
        {
            _wake.Release();
        }
    }

    private void Loop()
    {
        while (!_stopping)
        {
            try
            {
                if (!RunPass())
                {
                    _parked = true;
                    _wake.Wait();
                    _parked = false;
                    Interlocked.Increment(ref _wakeUps);
                }
            }
            catch (Exception exception)
            {
                // The boundary of the engine's thread: the requests in the batch end with the cause, the engine lives on.
                FailAll(exception.Message);
            }
        }

        FailAll("the server is shutting down");
    }

    private bool RunPass()
    {
        Admit();
        while (_scheduler.NextCancelled() is { } cancelled)
        {
            Finish(cancelled, new EngineOutput { TokenIds = [], FinishReason = FinishReason.Abort });
        }

        var pass = _scheduler.Next(_time.GetTimestamp());
        Publish();
        if (pass.Count == 0)
        {
            return false;
        }

        var done = _step.Run(pass);
        foreach (var (sequence, output) in _step.Outputs)
        {
            if (output.FinishReason is null)
            {
                sequence.Outputs.TryWrite(output);
            }
            else
            {
                Finish(sequence, output);
            }
        }

        PassCompleted?.Invoke(done);
        Publish();
        return true;
    }

    private void Admit()
    {
        while (_arrived.TryDequeue(out var sequence))
        {
            _scheduler.Add(sequence);
        }
    }

    private void Finish(Sequence sequence, EngineOutput output)
    {
        _scheduler.Remove(sequence);
        Interlocked.Decrement(ref _unadmitted);
        sequence.Outputs.TryWrite(output);
        sequence.Outputs.TryComplete();
    }

    private void FailAll(string message)
    {
        Admit();
        foreach (var sequence in _scheduler.All.ToList())
        {
            Finish(sequence, new EngineOutput { TokenIds = [], FinishReason = FinishReason.Error, Error = message });
        }

        _scheduler.Distrust();

        Publish();
    }

    /// <summary>Readers get a whole record; a new one is made only when something changed.</summary>
    private void Publish()
    {
        var last = _statistics;
        if ((last.Running, last.Waiting, last.KvCacheUsage, last.Preemptions, last.PrefixCacheQueries, last.PrefixCacheHits)
            != (_scheduler.Running, _scheduler.Waiting, _blocks.Usage, _scheduler.Preemptions, _scheduler.CacheQueries, _scheduler.CacheHits))
        {
            _statistics = new EngineStatistics(_scheduler.Running, _scheduler.Waiting, _blocks.Usage, _scheduler.Preemptions, _scheduler.CacheQueries, _scheduler.CacheHits);
        }
    }
}
