using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Octet.Jobs.Queue;
using Octet.Jobs.Workers;
using StackExchange.Redis;

namespace Octet.Jobs;

/// <summary>Takes the jobs of one queue, one at a time, until the host stops.</summary>
/// <typeparam name="TJob">A job message of the contracts.</typeparam>
public sealed class JobWorker<TJob> : BackgroundService
{
    private readonly string _queue;
    private readonly Func<IServiceProvider, IJobHandler<TJob>> _handler;
    private readonly IServiceScopeFactory _scopes;
    private readonly IConnectionMultiplexer _redis;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly JobStore _store;
    private readonly ClaimStore _claims;
    private readonly LostWorkers _lostWorkers;

    internal JobWorker(string queue, Func<IServiceProvider, IJobHandler<TJob>> handler, IServiceProvider services)
    {
        _handler = handler;
        _scopes = services.GetRequiredService<IServiceScopeFactory>();
        _redis = services.GetRequiredService<IConnectionMultiplexer>();
        _time = services.GetRequiredService<TimeProvider>();
        _logger = services.GetRequiredService<ILogger<JobWorker<TJob>>>();
        _store = new JobStore(_redis, services.GetRequiredService<IOptions<JobQueueOptions>>().Value);
        _queue = _store.Options.Scoped(queue);
        _claims = new ClaimStore(_store, _time);
        _lostWorkers = new LostWorkers(_store);
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await LiveAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception error) when (WorkerLease.IsOutage(error))
            {
                Log.QueueUnreachable(_logger, _queue, error.GetType().Name);
                await Task.WhenAny(Task.Delay(_store.Options.PollInterval, _time, stoppingToken));
            }
        }
    }

    /// <summary>The life of one worker name: from its first heartbeat until the host stops, the lease runs out or the queue goes away.</summary>
    private async Task LiveAsync(CancellationToken stopping)
    {
        // 1. Start: announce the worker and listen for the bell.
        await using var bell = await Bell.SubscribeAsync(_redis, JobKeys.QueueBell(_queue), _time);
        var lease = await WorkerLease.AcquireAsync(_store, _queue, new Dictionary<string, string> { ["octet"] = Version }, _time, _logger);
        try
        {
            Log.WorkerStarted(_logger, lease.Worker, _queue);

            // 2. Process: drain what waits, then sleep until the bell rings or the poll is due.
            while (!stopping.IsCancellationRequested && !lease.Lost.IsCancellationRequested)
            {
                await TendAsync();
                while (!stopping.IsCancellationRequested && await _claims.ClaimAsync(_queue, lease.Worker) is { } claim)
                {
                    // 3. Cancel pending: a stop, a cancelled job and a lost lease all end the handler through its token.
                    await ProcessAsync(claim, lease, stopping);
                }

                using var awake = CancellationTokenSource.CreateLinkedTokenSource(stopping, lease.Lost);
                await WaitAsync(bell, awake.Token);
            }
        }
        finally
        {
            // 4. Shut down: the name ends; anything it still holds is requeued by another worker.
            await lease.DisposeAsync();
        }
    }

    private static string Version => typeof(JobQueue).Assembly.GetName().Version?.ToString(3) ?? "0.0.0";

    private async Task TendAsync()
    {
        if (await _lostWorkers.RequeueAsync(_queue) is > 0 and var count)
        {
            Log.Requeued(_logger, count, _queue);
        }

        await _claims.PromoteAsync(_queue);
    }

    private async Task WaitAsync(Bell bell, CancellationToken awake)
    {
        try
        {
            await bell.WaitAsync(_store.Options.PollInterval, awake);
        }
        catch (OperationCanceledException)
        {
            // The loop looks at both reasons itself.
        }
    }

    private async Task ProcessAsync(JobClaim claim, WorkerLease lease, CancellationToken stopping)
    {
        Log.AttemptStarted(_logger, claim.Id, claim.Queue, claim.Attempt);
        var pump = new ProgressPump();
        var pumping = pump.RunAsync(_claims, claim, _store.Options.ProgressInterval, _time);
        JobOutcome outcome;
        await using (var scope = _scopes.CreateAsyncScope())
        await using (var cancel = CancelWatch.Start(_redis, _claims, claim, _store.Options.PollInterval, _time))
        {
            outcome = await new JobAttempt<TJob>(_handler(scope.ServiceProvider), _logger).RunAsync(claim, pump, cancel.Asked, lease.Lost, stopping);
        }

        pump.Complete();
        await pumping;
        await SettleAsync(claim, outcome, lease);
        Log.AttemptEnded(_logger, claim.Id, claim.Attempt, outcome.GetType().Name);
    }

    /// <summary>Stores the outcome; while the queue cannot be reached, until the lease is lost.</summary>
    private async Task SettleAsync(JobClaim claim, JobOutcome outcome, WorkerLease lease)
    {
        while (!lease.Lost.IsCancellationRequested)
        {
            try
            {
                if (!await _claims.SettleAsync(claim, outcome))
                {
                    Log.ClaimVoid(_logger, claim.Id);
                }

                return;
            }
            catch (Exception error) when (WorkerLease.IsOutage(error))
            {
                Log.QueueUnreachable(_logger, _queue, error.GetType().Name);
                await Task.WhenAny(Task.Delay(_store.Options.PollInterval, _time, lease.Lost));
            }
        }
    }
}
