using System.Collections.Concurrent;
using Octet.Contracts.Runs;
using Octet.LoadTester.Http;
using Octet.LoadTester.Prompts;

namespace Octet.LoadTester.Experiment;

/// <summary>One request with the time at which it was due.</summary>
/// <param name="Index">Number in its run.</param>
/// <param name="WarmUp">True for the first request of each stream.</param>
/// <param name="Scheduled">Timestamp at which the stream was free to send.</param>
/// <param name="Outcome">What happened.</param>
public readonly record struct TimedRequest(int Index, bool WarmUp, long Scheduled, RequestOutcome Outcome);

/// <summary>All requests of one run and its measured window (timestamps of the generator's clock).</summary>
/// <param name="Plan">Which run.</param>
/// <param name="WindowStart">When every stream was warm.</param>
/// <param name="WindowEnd">When it was cut.</param>
/// <param name="Requests">In the order of being sent.</param>
/// <param name="StoppedBy">What ended it: <c>seconds</c>, <c>requests</c>, <c>errors</c> or <c>error-rate</c>.</param>
public sealed record RunRecord(PlannedRun Plan, long WindowStart, long WindowEnd, IReadOnlyList<TimedRequest> Requests, string StoppedBy = "seconds");

/// <summary>N streams, each sending its next request when the last one ended. The first request of stream i asks for (i + 1) / N of the
/// output tokens, so that the streams end their requests one after another and never in waves. The window opens when every stream has
/// finished its first request, and closes after the asked seconds or by a stop rule; what runs then is cut and counts only with the tokens it had.</summary>
public sealed class ClosedLoopRun(StreamingClient client, PromptSource prompts, string model, long seed, StopRules rules, TimeProvider time)
{
    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestWarmUp = TimeSpan.FromSeconds(120);
    private const int MostFailuresInARow = 10;

    /// <exception cref="OctetException">The server answers nothing but failures.</exception>
    public async Task<RunRecord> RunAsync(PlannedRun plan, double windowSeconds, Action requestEnded, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(requestEnded);
        using var cut = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        cut.CancelAfter(LongestWarmUp);
        var state = new State(plan, windowSeconds, requestEnded, rules, cut, cancellationToken);
        var streams = new Task[plan.Concurrency];
        for (var i = 0; i < streams.Length; i++)
        {
            streams[i] = StreamAsync(state, i);
        }

        await Task.WhenAll(streams);
        if (state.WindowStart == 0)
        {
            throw new OctetException(FailureKind.Measurement, $"no wave of {plan.Concurrency} requests finished within {LongestWarmUp.TotalSeconds:0} s: the server is too slow for this point; use shorter prompts or fewer streams");
        }

        return new RunRecord(plan, state.WindowStart, state.WindowEnd, [.. state.Requests.OrderBy(request => request.Index)], state.StoppedBy ?? "seconds");
    }

    /// <summary>Output tokens of the first request of a stream: evenly spread from one N-th to all of the length.</summary>
    private static int FirstOutput(int tokens, int stream, int streams) => (int)((((long)tokens * (stream + 1)) + streams - 1) / streams);

    private async Task StreamAsync(State state, int stream)
    {
        var scheduled = time.GetTimestamp();
        for (var warmUp = true; !state.Cut.IsCancellationRequested; warmUp = false)
        {
            var index = state.NextIndex();
            var tokens = prompts.OutputTokens(seed, state.Plan.Run, index);
            var request = prompts.Request(model, seed, state.Plan.Run, index, warmUp ? FirstOutput(tokens, stream, state.Plan.Concurrency) : tokens);
            var outcome = await client.SendAsync(request, state.Cut.Token, state.Cancellation);
            state.Requests.Add(new TimedRequest(index, warmUp, scheduled, outcome));
            state.RequestEnded();
            if (state.WindowStart != 0 && !warmUp)
            {
                state.Judge(outcome, time);
            }

            if (outcome.Error is not null and not RequestErrors.Cut)
            {
                state.CountFailure(outcome);
                await Task.Delay(PauseAfterFailure, time, state.Cancellation);
            }
            else
            {
                state.FailuresInARow = 0;
            }

            if (warmUp)
            {
                OpenWindowAfterLastStream(state);
            }

            scheduled = time.GetTimestamp();
        }
    }

    private void OpenWindowAfterLastStream(State state)
    {
        if (state.StreamIsWarm() && !state.Cut.IsCancellationRequested)
        {
            state.WindowStart = time.GetTimestamp();
            state.WindowEnd = state.WindowStart + (long)(state.WindowSeconds * time.TimestampFrequency);
            state.Cut.CancelAfter(TimeSpan.FromSeconds(state.WindowSeconds));
        }
    }

    private sealed class State(PlannedRun plan, double windowSeconds, Action requestEnded, StopRules rules, CancellationTokenSource cut, CancellationToken cancellation)
    {
        private int _index = -1;
        private int _cold = plan.Concurrency;
        private int _ended;
        private int _failed;
        private string? _stoppedBy;

        public PlannedRun Plan => plan;

        public double WindowSeconds => windowSeconds;

        public CancellationTokenSource Cut => cut;

        public CancellationToken Cancellation => cancellation;

        public ConcurrentBag<TimedRequest> Requests { get; } = [];

        /// <summary>Written once by the stream that ends the warm-up; read after all streams have ended.</summary>
        public long WindowStart { get; set; }

        public long WindowEnd { get; set; }

        /// <summary>A hint only: streams may overwrite each other's count, which delays the stop by a few requests.</summary>
        public int FailuresInARow { get; set; }

        public Action RequestEnded => requestEnded;

        public int NextIndex() => Interlocked.Increment(ref _index);

        public bool StreamIsWarm() => Interlocked.Decrement(ref _cold) == 0;

        /// <summary>The rule that ended the run; null when its time did.</summary>
        public string? StoppedBy => Volatile.Read(ref _stoppedBy);

        /// <summary>Counts a request of the window, and closes the window when a rule says so.</summary>
        public void Judge(RequestOutcome outcome, TimeProvider time)
        {
            if (outcome.Error == RequestErrors.Cut || outcome.Ended > WindowEnd)
            {
                return;
            }

            var failed = outcome.Error is null ? Volatile.Read(ref _failed) : Interlocked.Increment(ref _failed);
            var ended = Interlocked.Increment(ref _ended);
            var reason = rules.MaxRequests > 0 && ended >= rules.MaxRequests ? "requests" : rules.Judge(ended, failed);
            if (reason is not null && Interlocked.CompareExchange(ref _stoppedBy, reason, null) is null)
            {
                WindowEnd = Math.Min(WindowEnd, time.GetTimestamp());
                cut.Cancel();
            }
        }

        public void CountFailure(RequestOutcome outcome)
        {
            FailuresInARow++;
            if (FailuresInARow > MostFailuresInARow)
            {
                cut.Cancel();
                throw new OctetException(FailureKind.Server, $"the server failed {MostFailuresInARow} requests in a row at {plan.Concurrency} streams ({outcome.Error}); {(outcome.Error?.Contains("401", StringComparison.Ordinal) == true ? "set OCTET_API_KEY to the server's key" : outcome.Error?.Contains("refused", StringComparison.Ordinal) == true ? "start it or correct the endpoint" : "see its log")}");
            }
        }
    }
}
