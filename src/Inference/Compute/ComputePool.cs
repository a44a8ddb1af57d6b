namespace Octet.Inference.Compute;

/// <summary>A fixed set of threads that run one piece of work each, together with the calling thread. Workers spin briefly for the
/// next piece and then park, so an idle pool costs nothing. Callers pass delegates that they keep: nothing is allocated.</summary>
public sealed class ComputePool : IDisposable
{
    private const int SpinsBeforePark = 2000;
    private readonly Thread[] _threads;
    private readonly SemaphoreSlim[] _wake;
    private readonly int[] _parked;
    private readonly ManualResetEventSlim _finished = new(initialState: false, spinCount: SpinsBeforePark);
    private readonly Action<int> _runRows;
    private volatile Action<int>? _work;

    /// <summary>What <see cref="For"/> shares out; written before the threads are woken, like <see cref="_work"/>.</summary>
    private Action<int, int>? _rowWork;
    private int _rows;
    private Exception? _failure;

    /// <summary>Written by the caller before workers are woken; every worker compares it with the last one it ran. Volatile access orders it after <see cref="_work"/>.</summary>
    private int _generation;
    private int _pending;
    private volatile bool _stopping;

    /// <param name="threads">Threads in all, the calling one included.</param>
    public ComputePool(int threads)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        Threads = threads;
        _runRows = RunRows;
        _parked = new int[threads - 1];
        _wake = [.. Enumerable.Range(0, threads - 1).Select(_ => new SemaphoreSlim(0))];
        _threads = [.. Enumerable.Range(0, threads - 1).Select(StartWorker)];
    }

    public int Threads { get; }

    /// <summary>Runs <paramref name="work"/> once per thread with the thread's number, and returns when all have finished.
    /// Only one caller at a time.</summary>
    public void Run(Action<int> work)
    {
        ArgumentNullException.ThrowIfNull(work);
        if (_threads.Length == 0)
        {
            work(0);
            return;
        }

        _work = work;
        _finished.Reset();
        Volatile.Write(ref _pending, _threads.Length);
        Interlocked.Increment(ref _generation);
        for (var i = 0; i < _threads.Length; i++)
        {
            if (Interlocked.Exchange(ref _parked[i], 0) == 1)
            {
                _wake[i].Release();
            }
        }

        try
        {
            work(0);
        }
        finally
        {
            _finished.Wait();
        }

        if (Interlocked.Exchange(ref _failure, null) is { } failure)
        {
            throw new InvalidOperationException("a compute thread failed", failure);
        }
    }

    /// <summary>As <see cref="Run(Action{int})"/>, unless the work is too little to share: then this thread does every part.</summary>
    /// <param name="size">Multiply-adds or values touched: below 2^18 waking others costs more than it saves.</param>
    /// <param name="work">Receives the number of a part.</param>
    public void Run(long size, Action<int> work)
    {
        ArgumentNullException.ThrowIfNull(work);
        if (size >= 1 << 18)
        {
            Run(work);
            return;
        }

        for (var part = 0; part < Threads; part++)
        {
            work(part);
        }
    }

    /// <summary>Splits independent rows over the threads; a handful of rows stays on the calling thread, which is faster than waking others.</summary>
    /// <param name="rows">Number of rows.</param>
    /// <param name="rowSize">Values of a row: rows times this below 2^15 is too little to share.</param>
    /// <param name="work">Receives a half-open range of rows.</param>
    public void For(int rows, int rowSize, Action<int, int> work)
    {
        ArgumentNullException.ThrowIfNull(work);
        if ((long)rows * rowSize < 1 << 15 || Threads == 1)
        {
            work(0, rows);
            return;
        }

        (_rowWork, _rows) = (work, rows);
        Run(_runRows);
    }

    private void RunRows(int thread)
    {
        var (start, end) = Part(thread, _rows, 1);
        _rowWork!(start, end);
    }

    /// <summary>The half-open part of <paramref name="count"/> units, in multiples of <paramref name="step"/>, that a thread has.</summary>
    public (int Start, int End) Part(int thread, int count, int step)
    {
        var tiles = (count + step - 1) / step;
        var start = (int)((long)tiles * thread / Threads);
        var end = (int)((long)tiles * (thread + 1) / Threads);
        return (Math.Min(count, start * step), Math.Min(count, end * step));
    }

    public void Dispose()
    {
        _stopping = true;
        foreach (var semaphore in _wake)
        {
            semaphore.Release();
        }

        foreach (var thread in _threads)
        {
            thread.Join();
        }

        foreach (var semaphore in _wake)
        {
            semaphore.Dispose();
        }

        _finished.Dispose();
    }

    private Thread StartWorker(int index)
    {
        var thread = new Thread(() => Work(index)) { IsBackground = true, Name = $"octet-compute-{index + 1}" };
        thread.Start();
        return thread;
    }

    private void Work(int index)
    {
        var seen = 0;
        while (WaitForWork(index, seen))
        {
            seen = Volatile.Read(ref _generation);
            try
            {
                _work?.Invoke(index + 1);
            }
            catch (Exception exception)
            {
                // The calling thread rethrows it: a compute thread must not end the process.
                Interlocked.CompareExchange(ref _failure, exception, null);
            }

            if (Interlocked.Decrement(ref _pending) == 0)
            {
                _finished.Set();
            }
        }
    }

    private bool WaitForWork(int index, int seen)
    {
        for (var spin = 0; !_stopping; spin++)
        {
            if (Volatile.Read(ref _generation) != seen)
            {
                return true;
            }

            if (spin < SpinsBeforePark)
            {
                Thread.SpinWait(20);
                continue;
            }

            // The caller raises the generation before it looks at the flag; we raise the flag before we look at the generation again: one of the two sees the other.
            Interlocked.Exchange(ref _parked[index], 1);
            if (Volatile.Read(ref _generation) == seen || Interlocked.Exchange(ref _parked[index], 0) == 0)
            {
                _wake[index].Wait();
            }

            spin = 0;
        }

        return false;
    }
}
