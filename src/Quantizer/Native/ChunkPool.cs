using System.Runtime.ExceptionServices;

namespace Octet.Quantizer.Native;

/// <summary>Hands chunks to threads in order. The first failure stops all and is thrown as it was.</summary>
internal sealed class ChunkPool(IReadOnlyList<TensorChunk> chunks, IProgress<QuantizeProgress> progress, CancellationToken cancellationToken)
{
    private readonly long _total = chunks.Sum(chunk => (long)chunk.Length);

    /// <summary>Claimed and counted by <see cref="Interlocked"/> alone.</summary>
    private int _next = -1;
    private long _done;
    private ExceptionDispatchInfo? _failure;

    public void Run(int threads, Func<ChunkWorker> createWorker)
    {
        var workers = Enumerable.Range(0, Math.Clamp(threads, 1, Math.Max(1, chunks.Count)))
            .Select(_ => Task.Factory.StartNew(() => Work(createWorker), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)).ToArray();
        Task.WaitAll(workers, CancellationToken.None);
        _failure?.Throw();
        cancellationToken.ThrowIfCancellationRequested();
    }

    private void Work(Func<ChunkWorker> createWorker)
    {
        try
        {
            using var worker = createWorker();
            while (_failure is null && !cancellationToken.IsCancellationRequested && Interlocked.Increment(ref _next) is var index && index < chunks.Count)
            {
                worker.Process(chunks[index]);
                progress.Report(new QuantizeProgress(Interlocked.Add(ref _done, chunks[index].Length), _total, chunks[index].Tensor.Name));
            }
        }
        catch (Exception exception)
        {
            Interlocked.CompareExchange(ref _failure, ExceptionDispatchInfo.Capture(exception), null);
        }
    }
}
