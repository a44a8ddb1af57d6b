using Octet.Jobs.Queue;
using StackExchange.Redis;

namespace Octet.Jobs.Workers;

/// <summary>Fires a token when somebody asks to cancel a running job.</summary>
internal sealed class CancelWatch : IAsyncDisposable
{
    private readonly CancellationTokenSource _asked = new();
    private readonly CancellationTokenSource _stop = new();
    private Task _watching = Task.CompletedTask;

    public CancellationToken Asked => _asked.Token;

    public static CancelWatch Start(IConnectionMultiplexer redis, ClaimStore store, JobClaim claim, TimeSpan poll, TimeProvider time)
    {
        var watch = new CancelWatch();
        watch._watching = watch.RunAsync(redis, store, claim, poll, time);
        return watch;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _watching;
        _stop.Dispose();
        _asked.Dispose();
    }

    private async Task RunAsync(IConnectionMultiplexer redis, ClaimStore store, JobClaim claim, TimeSpan poll, TimeProvider time)
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await using var bell = await Bell.SubscribeAsync(redis, JobKeys.JobBell(claim.Id), time);
                while (!await store.CancelAskedAsync(claim))
                {
                    await bell.WaitAsync(poll, _stop.Token);
                }

                await _asked.CancelAsync();
                return;
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (Exception error) when (WorkerLease.IsOutage(error))
            {
                await Task.WhenAny(Task.Delay(poll, time, _stop.Token));
            }
        }
    }
}
