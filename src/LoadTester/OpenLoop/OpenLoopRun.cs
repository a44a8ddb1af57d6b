using Octet.LoadTester.Experiment;
using Octet.LoadTester.Http;
using Octet.LoadTester.Prompts;

namespace Octet.LoadTester.OpenLoop;

/// <summary>What an open-loop run leaves.</summary>
/// <param name="Start">Timestamp of second 0 of the schedule.</param>
/// <param name="EndSeconds">Second of the schedule at which it ended.</param>
/// <param name="StoppedBy">What ended it.</param>
/// <param name="MostOpen">Most requests open at once.</param>
/// <param name="HasRate">False for a trace whose requests were all due at one time: there is no rate then.</param>
public sealed record OpenLoopRecord(long Start, double EndSeconds, string StoppedBy, int MostOpen, bool HasRate);

/// <summary>A request of an open loop that ended.</summary>
/// <param name="Timed">What happened.</param>
/// <param name="Start">Timestamp of second 0 of the schedule.</param>
/// <param name="EndSeconds">Second of the schedule at which nothing more is due, as far as it is known: an end that comes sooner comes after this request.</param>
public readonly record struct EndedOpenRequest(TimedRequest Timed, long Start, double EndSeconds);

/// <summary>Sends each request when it is due, whether or not those before it were answered. One thread of its own keeps the time and writes
/// the requests out, so that neither waits for other work of the process; the body of a request is made before it is due.</summary>
public sealed class OpenLoopRun(StreamingClient client, PromptSource prompts, string model, long seed, TimeProvider time)
{
    private static readonly TimeSpan LeadTime = TimeSpan.FromMilliseconds(50);

    /// <summary>How soon a cancellation is seen.</summary>
    private static readonly TimeSpan LongestSleep = TimeSpan.FromMilliseconds(50);

    /// <param name="schedule">When requests are due.</param>
    /// <param name="run">Number of the run.</param>
    /// <param name="options">When it ends.</param>
    /// <param name="ended">Gets every request when it ended; called from many threads.</param>
    /// <param name="cancellationToken">Ends the run without a result.</param>
    /// <exception cref="OperationCanceledException">Cancelled; what was open is cut.</exception>
    /// <exception cref="IOException">As any other that <paramref name="ended"/> throws: it ends the run at once, and what was open is cut.</exception>
    public async Task<OpenLoopRecord> RunAsync(ArrivalSchedule schedule, int run, OpenLoopOptions options, Func<EndedOpenRequest, ValueTask> ended, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(schedule);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(ended);
        using var cut = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var state = new State(options, ended, time, time.GetTimestamp() + Ticks(LeadTime.TotalSeconds), cut, cancellationToken);
        var open = new List<Task>();
        double? end = null;
        try
        {
            end = await Task.Factory.StartNew(() => SendAll(schedule.Times(seed, run), run, options, state, open), cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        }
        finally
        {
            if (end is null)
            {
                // Cancelled, or the schedule failed: nothing of this run stays behind.
                await cut.CancelAsync();
                await Task.WhenAll(open).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }

        cut.CancelAfter(TimeSpan.FromSeconds(options.DrainSeconds));
        await Task.WhenAll(open);
        cancellationToken.ThrowIfCancellationRequested();
        return new OpenLoopRecord(state.Start, end.Value, state.StoppedBy!, state.MostOpen, state.HasRate);
    }

    /// <returns>Second of the schedule at which it ended.</returns>
    private double SendAll(IEnumerable<double> times, int run, OpenLoopOptions options, State state, List<Task> open)
    {
        var (index, last) = (0, 0.0);
        foreach (var second in times)
        {
            if (second >= options.Seconds || (options.Stop.MaxRequests > 0 && index >= options.Stop.MaxRequests))
            {
                // The window of a limit by number ends when the next request would have been due: n requests in n gaps.
                state.Stop(second >= options.Seconds ? "seconds" : "requests");
                return state.End(Math.Min(second, options.Seconds));
            }

            var request = prompts.Request(model, seed, run, index, prompts.OutputTokens(seed, run, index));
            var due = state.Start + Ticks(second);
            WaitUntil(due, state);
            if (state.StoppedBy is not null || !state.Admits())
            {
                return state.EndNow();
            }

            last = second;
            open.Add(SendAsync(state, index++, due, request));
            if (open.Count >= 64 + (2 * state.Open))
            {
                open.RemoveAll(static task => task.IsCompletedSuccessfully);
            }
        }

        // The window of a trace ends one mean gap after its last request: n requests in n gaps.
        state.Stop("trace");
        state.HasRate = last > 0;
        return state.EndAt(last + (last / Math.Max(1, index - 1)));
    }

    private async Task SendAsync(State state, int index, long due, LoadRequest request)
    {
        try
        {
            var outcome = await client.SendAsync(request, state.Cut, state.Cancellation);
            await state.EndedAsync(new TimedRequest(index, WarmUp: false, due, outcome));
        }
        catch
        {
            // Nothing more is sent; the caller, who waits for every request, gets it.
            await state.BreakAsync();
            throw;
        }
        finally
        {
            state.Left();
        }
    }

    private void WaitUntil(long due, State state)
    {
        for (var left = due - time.GetTimestamp(); left > 0 && !state.Cut.IsCancellationRequested; left = due - time.GetTimestamp())
        {
            PreciseSleep.For((long)Math.Min(left * 1e9 / time.TimestampFrequency, LongestSleep.TotalNanoseconds));
        }

        state.Cancellation.ThrowIfCancellationRequested();
    }

    private long Ticks(double seconds) => (long)(seconds * time.TimestampFrequency);

    private sealed class State(OpenLoopOptions options, Func<EndedOpenRequest, ValueTask> requestEnded, TimeProvider time, long start, CancellationTokenSource cut, CancellationToken cancellation)
    {
        private readonly Lock _end = new();
        private double _endSeconds = options.Seconds;
        private int _open;
        private int _ended;
        private int _failed;
        private string? _stoppedBy;

        public long Start => start;

        public CancellationToken Cut => cut.Token;

        public CancellationToken Cancellation => cancellation;

        /// <summary>The first reason to stop; written once, from whichever task finds it.</summary>
        public string? StoppedBy => Volatile.Read(ref _stoppedBy);

        /// <summary>Written by the task that keeps the time alone.</summary>
        public int MostOpen { get; private set; }

        public int Open => Volatile.Read(ref _open);

        /// <summary>Written by the task that keeps the time alone.</summary>
        public bool HasRate { get; set; } = true;

        /// <summary>Ends the run without a result, as a request could not be kept, and cuts what is open.</summary>
        public Task BreakAsync()
        {
            Stop("failure");
            return cut.CancelAsync();
        }

        /// <summary>A request is open no more.</summary>
        public void Left() => Interlocked.Decrement(ref _open);

        public void Stop(string reason) => Interlocked.CompareExchange(ref _stoppedBy, reason, null);

        /// <summary>Sets the end of the schedule.</summary>
        public double End(double seconds)
        {
            lock (_end)
            {
                return _endSeconds = seconds;
            }
        }

        /// <summary>Ends the schedule at a second, or now where that is over.</summary>
        public double EndAt(double seconds)
        {
            lock (_end)
            {
                return _endSeconds = Math.Min(options.Seconds, Math.Max(seconds, time.GetElapsedTime(start).TotalSeconds));
            }
        }

        /// <summary>Ends the schedule now: the time is taken where no request is judged, so that each one knows whether it ended before.</summary>
        public double EndNow()
        {
            lock (_end)
            {
                return _endSeconds = Math.Min(options.Seconds, time.GetElapsedTime(start).TotalSeconds);
            }
        }

        /// <summary>Counts one more open request, unless the server is over-saturated.</summary>
        public bool Admits()
        {
            if (Volatile.Read(ref _open) >= options.MaxOpen)
            {
                Stop("over-saturation");
                return false;
            }

            MostOpen = Math.Max(MostOpen, Interlocked.Increment(ref _open));
            return true;
        }

        public async Task EndedAsync(TimedRequest request)
        {
            EndedOpenRequest seen;
            lock (_end)
            {
                seen = new EndedOpenRequest(request, start, _endSeconds);
            }

            await requestEnded(seen);
            var failed = request.Outcome.Error is null ? Volatile.Read(ref _failed) : Interlocked.Increment(ref _failed);
            if (options.Stop.Judge(Interlocked.Increment(ref _ended), failed) is { } reason)
            {
                Stop(reason);
            }
        }
    }
}
