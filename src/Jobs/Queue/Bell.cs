using System.Threading.Channels;
using StackExchange.Redis;

namespace Octet.Jobs.Queue;

/// <summary>Wakes somebody who waits for a change. A ring may be lost, so every wait has an end.</summary>
internal sealed class Bell : IAsyncDisposable
{
    private readonly Channel<bool> _rings = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly ISubscriber _subscriber;
    private readonly RedisChannel _channel;
    private readonly TimeProvider _time;

    private Bell(ISubscriber subscriber, RedisChannel channel, TimeProvider time)
    {
        _subscriber = subscriber;
        _channel = channel;
        _time = time;
    }

    public static async Task<Bell> SubscribeAsync(IConnectionMultiplexer redis, RedisChannel channel, TimeProvider time)
    {
        var bell = new Bell(redis.GetSubscriber(), channel, time);
        await bell._subscriber.SubscribeAsync(channel, bell.Ring);
        return bell;
    }

    /// <summary>Returns at the next ring, or after <paramref name="most"/>.</summary>
    public async Task WaitAsync(TimeSpan most, CancellationToken cancellationToken)
    {
        using var timer = new CancellationTokenSource(most, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellationToken);
        try
        {
            await _rings.Reader.ReadAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // Nobody rang in time: the caller looks by itself.
        }
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await _subscriber.UnsubscribeAsync(_channel, Ring);
        }
        catch (Exception error) when (error is RedisException or ObjectDisposedException)
        {
            // The connection is gone and the subscription with it.
        }
    }

    private void Ring(RedisChannel channel, RedisValue value) => _rings.Writer.TryWrite(true);
}
