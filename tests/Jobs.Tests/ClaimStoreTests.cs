using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Octet.Contracts.Runs;
using Octet.Jobs.Queue;
using Octet.Jobs.Workers;
using StackExchange.Redis;
using Xunit;
using static Octet.Jobs.Tests.JobSamples;

namespace Octet.Jobs.Tests;

/// <summary>Every transition, step by step, without a running worker.</summary>
public sealed class ClaimStoreTests(QueueServers servers)
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly JobQueueOptions _options = new() { RetryDelay = TimeSpan.FromSeconds(10), MaxRetryDelay = TimeSpan.FromSeconds(15), MaxAttempts = 3 };
    private readonly string _queue = NewQueue();

    public static TheoryData<string> Kinds => QueueServers.Kinds;

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task ClaimAsync_TwoJobs_OldestFirstAndEachOnce(string kind)
    {
        var (store, claims) = await OpenAsync(kind);
        await AddAsync(store, "a");
        await AddAsync(store, "b");

        var first = await ClaimAsync(store, claims, "w1");
        var second = await ClaimAsync(store, claims, "w2");

        Assert.EndsWith("a", first!.Id, StringComparison.Ordinal);
        Assert.EndsWith("b", second!.Id, StringComparison.Ordinal);
        Assert.Null(await ClaimAsync(store, claims, "w3"));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task ClaimAsync_NoHeartbeat_TakesNothing(string kind)
    {
        var (store, claims) = await OpenAsync(kind);
        await AddAsync(store, "a");

        Assert.Null(await claims.ClaimAsync(_queue, "ghost"));

        Assert.Equal(1, await store.Database.ListLengthAsync(JobKeys.Waiting(_queue)));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task SettleAsync_TransientFailures_WaitTwiceAsLongUpToTheLimitThenDie(string kind)
    {
        var (store, claims) = await OpenAsync(kind);
        await AddAsync(store, "a");
        foreach (var seconds in new[] { 10, 15 })
        {
            var claim = await ClaimAsync(store, claims, "w");
            Assert.True(await claims.SettleAsync(claim!, new JobOutcome.Failed(FailureKind.Server, "down", MayPass: true)));

            _time.Advance(TimeSpan.FromSeconds(seconds) - TimeSpan.FromMilliseconds(1));
            Assert.Equal(0, await claims.PromoteAsync(_queue));
            _time.Advance(TimeSpan.FromMilliseconds(1));
            Assert.Equal(1, await claims.PromoteAsync(_queue));
        }

        Assert.True(await claims.SettleAsync((await ClaimAsync(store, claims, "w"))!, new JobOutcome.Failed(FailureKind.Server, "down", MayPass: true)));

        Assert.Equal([new DeadJob(_queue + "a", FailureKind.Server, "down")], await store.DeadAsync(_queue));
        Assert.Equal(0, await claims.PromoteAsync(_queue));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task SettleAsync_AfterTheJobWasRequeued_IsVoid(string kind)
    {
        var (store, claims) = await OpenAsync(kind);
        await AddAsync(store, "a");
        var stale = await ClaimAsync(store, claims, "slow");
        await LoseAsync(store, "slow");
        Assert.Equal(1, await new LostWorkers(store).RequeueAsync(_queue));
        var current = await ClaimAsync(store, claims, "next");

        Assert.False(await claims.SettleAsync(stale!, new JobOutcome.Completed("{}"u8.ToArray())));

        Assert.Equal((JobStates.Running, 2), (await StateAsync(store, "a"), current!.Attempt));
        Assert.True(await claims.SettleAsync(current, new JobOutcome.Completed("{}"u8.ToArray())));
        Assert.Equal(JobStates.Completed, await StateAsync(store, "a"));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task RequeueAsync_WorkerLives_LeavesItsJob(string kind)
    {
        var (store, claims) = await OpenAsync(kind);
        await AddAsync(store, "a");
        await ClaimAsync(store, claims, "busy");

        Assert.Equal(0, await new LostWorkers(store).RequeueAsync(_queue));

        Assert.Equal(JobStates.Running, await StateAsync(store, "a"));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task RequeueAsync_KilledBetweenMoveAndStart_JobIsNotLost(string kind)
    {
        var (store, claims) = await OpenAsync(kind);
        await AddAsync(store, "a");
        await BeatAsync(store, "w");
        await store.Database.ListMoveAsync(JobKeys.Waiting(_queue), JobKeys.Inflight(Worker("w")), ListSide.Right, ListSide.Left);
        await LoseAsync(store, "w");

        Assert.Equal(1, await new LostWorkers(store).RequeueAsync(_queue));

        Assert.Equal(1, (await ClaimAsync(store, claims, "next"))!.Attempt);
        Assert.False(await store.Database.SetContainsAsync(JobKeys.Workers(_queue), Worker("w")));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task RequeueAsync_SeveralAtOnce_MoveTheJobOnce(string kind)
    {
        var (store, claims) = await OpenAsync(kind);
        await AddAsync(store, "a");
        await ClaimAsync(store, claims, "w");
        await LoseAsync(store, "w");

        var moved = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => new LostWorkers(store).RequeueAsync(_queue)));

        Assert.Equal(1, moved.Sum());
        Assert.Equal(1, await store.Database.ListLengthAsync(JobKeys.Waiting(_queue)));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task RequeueAsync_EveryWorkerDies_JobEndsInTheDeadLetterList(string kind)
    {
        var (store, claims) = await OpenAsync(kind);
        await AddAsync(store, "a");
        for (var attempt = 1; attempt <= _options.MaxAttempts; attempt++)
        {
            Assert.Equal(attempt, (await ClaimAsync(store, claims, $"w{attempt}"))!.Attempt);
            await LoseAsync(store, $"w{attempt}");
            Assert.Equal(1, await new LostWorkers(store).RequeueAsync(_queue));
        }

        var dead = Assert.Single(await store.DeadAsync(_queue));
        Assert.StartsWith("3 workers were lost while they ran this job", dead.Reason, StringComparison.Ordinal);
        Assert.Null(await ClaimAsync(store, claims, "w4"));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task RequeueAsync_CancelledJobOfADeadWorker_IsCancelled(string kind)
    {
        var (store, claims) = await OpenAsync(kind);
        await AddAsync(store, "a");
        await ClaimAsync(store, claims, "w");
        Assert.True(await store.CancelAsync(_queue + "a"));
        await LoseAsync(store, "w");

        await new LostWorkers(store).RequeueAsync(_queue);

        Assert.Equal(JobStates.Cancelled, await StateAsync(store, "a"));
        Assert.Null(await ClaimAsync(store, claims, "next"));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task CancelAsync_WaitingOrDelayedJob_NeverRuns(string kind)
    {
        var (store, claims) = await OpenAsync(kind);
        await AddAsync(store, "a");
        await claims.SettleAsync((await ClaimAsync(store, claims, "w"))!, new JobOutcome.Failed(FailureKind.Server, "down", MayPass: true));
        await AddAsync(store, "b");

        Assert.True(await store.CancelAsync(_queue + "a"));
        Assert.True(await store.CancelAsync(_queue + "b"));
        Assert.False(await store.CancelAsync(_queue + "c"));

        _time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(0, await claims.PromoteAsync(_queue));
        Assert.Null(await ClaimAsync(store, claims, "w"));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task ClaimAsync_MessageIsMissing_EndsInTheDeadLetterList(string kind)
    {
        var (store, claims) = await OpenAsync(kind);
        await AddAsync(store, "a", body: "");

        Assert.Null(await ClaimAsync(store, claims, "w"));

        Assert.Contains("cannot be read", Assert.Single(await store.DeadAsync(_queue)).Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("garnet", "{")]
    [InlineData("garnet", "null")]
    [InlineData("garnet", "{\"run_id\":\"r\"}")]
    [InlineData("redis", "[]")]
    public async Task RunAsync_MalformedMessage_IsUnreadable(string kind, string body)
    {
        var (store, claims) = await OpenAsync(kind);
        await AddAsync(store, "a", body);
        var claim = await ClaimAsync(store, claims, "w");
        var attempt = new JobAttempt<Contracts.Jobs.QuantizeJob>(new DelegateHandler((job, _, _) => Done(job)), NullLogger.Instance);

        var outcome = await attempt.RunAsync(claim!, new ProgressPump(), CancellationToken.None, CancellationToken.None, CancellationToken.None);

        Assert.IsType<JobOutcome.Unreadable>(outcome);
        Assert.True(await claims.SettleAsync(claim!, outcome));
        Assert.Contains("cannot be read", Assert.Single(await store.DeadAsync(_queue)).Reason, StringComparison.Ordinal);
    }

    private async Task<(JobStore Store, ClaimStore Claims)> OpenAsync(string kind)
    {
        var store = new JobStore(await servers.ConnectAsync(kind), _options);
        return (store, new ClaimStore(store, _time));
    }

    private string Worker(string name) => $"{_queue}:{name}";

    private Task AddAsync(JobStore store, string id, string body = "{}") =>
        store.AddAsync(_queue, _queue + id, System.Text.Encoding.UTF8.GetBytes(body), null, null);

    private async Task<JobClaim?> ClaimAsync(JobStore store, ClaimStore claims, string worker)
    {
        await BeatAsync(store, worker);
        return await claims.ClaimAsync(_queue, Worker(worker));
    }

    private async Task BeatAsync(JobStore store, string worker)
    {
        await store.Database.StringSetAsync(JobKeys.Heartbeat(Worker(worker)), "{}");
        await store.Database.SetAddAsync(JobKeys.Workers(_queue), Worker(worker));
    }

    private Task<bool> LoseAsync(JobStore store, string worker) => store.Database.KeyDeleteAsync(JobKeys.Heartbeat(Worker(worker)));

    private async Task<string> StateAsync(JobStore store, string id) => (await store.ReadAsync(_queue + id)).State;
}
