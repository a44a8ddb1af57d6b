using System.Text.Json;
using Microsoft.Extensions.Logging;
using Octet.Jobs.Queue;
using StackExchange.Redis;

namespace Octet.Jobs.Workers;

/// <summary>
/// A worker's name and its heartbeat. The name is used once: a worker whose lease ran out goes on under a new one, so that a name without
/// heartbeat never comes back.
/// </summary>
internal sealed class WorkerLease : IAsyncDisposable
{
    private readonly CancellationTokenSource _lost = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly JobStore _store;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly string _queue;
    private readonly byte[] _announcement;
    private Task _renewing = Task.CompletedTask;

    private WorkerLease(JobStore store, string queue, IReadOnlyDictionary<string, string> versions, TimeProvider time, ILogger logger)
    {
        (_store, _queue, _time, _logger) = (store, queue, time, logger);
        Worker = $"{queue}:{Environment.MachineName}:{Environment.ProcessId}:{Guid.NewGuid():N}";
        Lost = _lost.Token;
        _announcement = JsonSerializer.SerializeToUtf8Bytes(new WorkerAnnouncement(Worker, versions), JobsJson.Default.WorkerAnnouncement);
    }

    public string Worker { get; }

    /// <summary>Fires when the lease ran out, or may have.</summary>
    public CancellationToken Lost { get; }

    public static async Task<WorkerLease> AcquireAsync(JobStore store, string queue, IReadOnlyDictionary<string, string> versions, TimeProvider time, ILogger logger)
    {
        var lease = new WorkerLease(store, queue, versions, time, logger);
        await store.Database.StringSetAsync(JobKeys.Heartbeat(lease.Worker), lease._announcement, store.Options.Lease);
        await store.Database.SetAddAsync(JobKeys.Workers(queue), lease.Worker);
        lease._renewing = lease.RenewAsync();
        return lease;
    }

    /// <summary>Gives the name up. What it still holds is requeued by whoever looks next.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _renewing;
        try
        {
            var retire = _store.Database.CreateTransaction();
            retire.AddCondition(Condition.KeyNotExists(JobKeys.Inflight(Worker)));
            JobStore.Queue(retire.SetRemoveAsync(JobKeys.Workers(_queue), Worker));
            await retire.ExecuteAsync();
            await _store.Database.KeyDeleteAsync(JobKeys.Heartbeat(Worker));
        }
        catch (Exception error) when (IsOutage(error))
        {
            Log.QueueUnreachable(_logger, _queue, error.GetType().Name);
        }

        _stop.Dispose();
        _lost.Dispose();
    }

    public static bool IsOutage(Exception error) => error is RedisException or TimeoutException or ObjectDisposedException;

    private async Task RenewAsync()
    {
        var renewed = _time.GetTimestamp();
        while (_time.GetElapsedTime(renewed) < _store.Options.Lease && await SleepAsync())
        {
            try
            {
                var sent = _time.GetTimestamp();
                if (!await _store.Database.StringSetAsync(JobKeys.Heartbeat(Worker), _announcement, _store.Options.Lease, When.Exists).WaitAsync(_store.Options.Lease, _time))
                {
                    break;
                }

                renewed = sent;
            }
            catch (Exception error) when (IsOutage(error))
            {
                Log.QueueUnreachable(_logger, _queue, error.GetType().Name);
            }
        }

        if (!_stop.IsCancellationRequested)
        {
            Log.LeaseLost(_logger, Worker);
            await _lost.CancelAsync();
        }
    }

    /// <summary>False when the lease is given up.</summary>
    private async Task<bool> SleepAsync()
    {
        try
        {
            await Task.Delay(_store.Options.Lease / 3, _time, _stop.Token);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}
