using Octet.Contracts.Runs;
using Octet.LoadTester.Http;
using Octet.LoadTester.Prompts;

namespace Octet.LoadTester.Experiment;

/// <summary>One request with the time at which it was due.</summary>
/// <param name="Index">Number in its run.</param>
/// <param name="WarmUp">True for the first request of each stream.</param>
/// <param name="Scheduled">Timestamp at which the stream was free to send: when its last request ended, and after a failed one a tenth of a second later.</param>
/// <param name="Outcome">What happened.</param>
public readonly record struct TimedRequest(int Index, bool WarmUp, long Scheduled, RequestOutcome Outcome);

/// <summary>All requests of one run and its measured window (timestamps of the generator's clock).</summary>
/// <param name="Plan">Which run.</param>
/// <param name="WindowStart">When every stream was warm.</param>
/// <param name="WindowEnd">When it was cut.</param>
/// <param name="StoppedBy">What ended it: <c>seconds</c>, <c>requests</c>, <c>errors</c> or <c>error-rate</c>.</param>
public sealed record RunRecord(PlannedRun Plan, long WindowStart, long WindowEnd, string StoppedBy);

/// <summary>A request that ended, and the window as it stood then.</summary>
/// <param name="Timed">What happened.</param>
/// <param name="WindowStart">Timestamp; <see cref="long.MaxValue"/> before it opened.</param>
/// <param name="WindowEnd">Timestamp; a stop rule may close it sooner, never before a request that ended by then.</param>
public readonly record struct EndedRequest(TimedRequest Timed, long WindowStart, long WindowEnd)
{
    /// <summary>It ended inside the window, by itself, and is no warm-up.</summary>
    public bool Measured => !Timed.WarmUp && Timed.Outcome.Error != RequestErrors.Cut && Timed.Outcome.Ended > WindowStart && Timed.Outcome.Ended <= WindowEnd;
}

/// <summary>N streams, each sending its next request when the last one ended. The first request of stream i asks for (i + 1) / N of the
/// output tokens, so that the streams end their requests one after another and never in waves. The window opens when every stream has
/// finished its first request, and closes after the asked seconds or by a stop rule; what runs then is cut and counts only with the tokens it had.</summary>
public sealed class ClosedLoopRun(StreamingClient client, PromptSource prompts, string model, long seed, StopRules rules, TimeProvider time)
{
    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestWarmUp = TimeSpan.FromSeconds(120);
    private const int MostFailuresInARow = 10;

    /// <param name="plan">Which run.</param>
    /// <param name="windowSeconds">Of the measured window.</param>
    /// <param name="ended">Gets every request when it ended; called from many threads.</param>
    /// <param name="cancellationToken">Ends the run without a result.</param>
    /// <exception cref="LoadNotSustainedException">The server answers this many streams with nothing but failures, or too slowly.</exception>
    /// <exception cref="OctetException">The server is not there, or refuses the key.</exception>
    public async Task<RunRecord> RunAsync(PlannedRun plan, double windowSeconds, Func<EndedRequest, ValueTask> ended, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(ended);
        using var cut = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        cut.CancelAfter(LongestWarmUp);
        var state = new State(plan, windowSeconds, rules, cut, time, cancellationToken);
        var streams = new Task[plan.Concurrency];
        for (var i = 0; i < streams.Length; i++)
        {
            streams[i] = StreamAsync(state, i, ended);
        }

        await Task.WhenAll(streams);
        if (state.WindowStart == 0)
        {
            throw new LoadNotSustainedException(FailureKind.Measurement, $"no wave of {plan.Concurrency} requests finished within {LongestWarmUp.TotalSeconds:0} s: the server is too slow for this point; use shorter prompts or fewer streams");
        }

        return new RunRecord(plan, state.WindowStart, state.WindowEnd, state.StoppedBy ?? "seconds");
    }

    /// <summary>Output tokens of the first request of a stream: evenly spread from one N-th to all of the length.</summary>
    private static int FirstOutput(int tokens, int stream, int streams) => (int)((((long)tokens * (stream + 1)) + streams - 1) / streams);

    private async Task StreamAsync(State state, int stream, Func<EndedRequest, ValueTask> ended)
    {
        var scheduled = time.GetTimestamp();
        for (var warmUp = true; !state.Cut.IsCancellationRequested; warmUp = false)
        {
            var index = state.NextIndex();
            var tokens = prompts.OutputTokens(seed, state.Plan.Run, index);
            var request = prompts.Request(model, seed, state.Plan.Run, index, warmUp ? FirstOutput(tokens, stream, state.Plan.Concurrency) : tokens);
            var outcome = await client.SendAsync(request, state.Cut.Token, state.Cancellation);
            var seen = state.Judge(new TimedRequest(index, warmUp, scheduled, outcome));
            scheduled = outcome.Ended;
            await ended(seen);
            if (outcome.Error is not null and not RequestErrors.Cut)
            {
                state.CountFailure(outcome);
                await Task.Delay(PauseAfterFailure, time, state.Cancellation);
                scheduled = Math.Min(time.GetTimestamp(), scheduled + (long)(PauseAfterFailure.TotalSeconds * time.TimestampFrequency));
            }
            else
            {
                state.FailuresInARow = 0;
            }

            if (warmUp)
            {
                OpenWindowAfterLastStream(state);
            }
        }
    }

    private static void OpenWindowAfterLastStream(State state)
    {
        if (state.StreamIsWarm() && !state.Cut.IsCancellationRequested)
        {
            state.OpenWindow();
            state.Cut.CancelAfter(TimeSpan.FromSeconds(state.WindowSeconds));
        }
    }

    private sealed class State(PlannedRun plan, double windowSeconds, StopRules rules, CancellationTokenSource cut, TimeProvider time, CancellationToken cancellation)
    {
        private readonly Lock _window = new();
        private int _index = -1;
        private int _cold = plan.Concurrency;
        private int _ended;
        private int _failed;

        public PlannedRun Plan => plan;

        public double WindowSeconds => windowSeconds;

        public CancellationTokenSource Cut => cut;

        public CancellationToken Cancellation => cancellation;

        /// <summary>0 before the window opened.</summary>
        public long WindowStart { get; private set; }

        public long WindowEnd { get; private set; }

        /// <summary>The rule that ended the run; null when its time did.</summary>
        public string? StoppedBy { get; private set; }

        /// <summary>A hint only: streams may overwrite each other's count, which delays the stop by a few requests.</summary>
        public int FailuresInARow { get; set; }

        public int NextIndex() => Interlocked.Increment(ref _index);

        public bool StreamIsWarm() => Interlocked.Decrement(ref _cold) == 0;

        /// <summary>The time is taken where no request is judged, so that each one knows whether it ended before.</summary>
        public void OpenWindow()
        {
            lock (_window)
            {
                WindowStart = time.GetTimestamp();
                WindowEnd = WindowStart + (long)(windowSeconds * time.TimestampFrequency);
            }
        }

        /// <summary>Counts a request of the window, and closes the window when a rule says so.</summary>
        public EndedRequest Judge(TimedRequest request)
        {
            lock (_window)
            {
                var ended = new EndedRequest(request, WindowStart == 0 ? long.MaxValue : WindowStart, WindowEnd);
                if (ended.Measured)
                {
                    _ended++;
                    _failed += request.Outcome.Error is null ? 0 : 1;
                    if (StoppedBy is null && (rules.MaxRequests > 0 && _ended >= rules.MaxRequests ? "requests" : rules.Judge(_ended, _failed)) is { } reason)
                    {
                        StoppedBy = reason;
                        WindowEnd = Math.Min(WindowEnd, time.GetTimestamp());
                        cut.Cancel();
                    }
                }

                return ended;
            }
        }

        /// <summary>After a rule closed the window, what still fails changes nothing.</summary>
        public void CountFailure(RequestOutcome outcome)
        {
            if (StoppedBy is not null)
            {
                return;
            }

            FailuresInARow++;
            if (FailuresInARow > MostFailuresInARow)
            {
                cut.Cancel();
                var failed = $"the server failed {MostFailuresInARow} requests in a row at {plan.Concurrency} streams ({outcome.Error})";
                throw outcome.Status == 401 ? new OctetException(FailureKind.Server, $"{failed}; set OCTET_API_KEY to the server's key")
                    : outcome.Error?.Contains("refused", StringComparison.Ordinal) == true ? new OctetException(FailureKind.Server, $"{failed}; start it or correct the endpoint")
                    : new LoadNotSustainedException(FailureKind.Server, $"{failed}; see its log");
            }
        }
    }
}
