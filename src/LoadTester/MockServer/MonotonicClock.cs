namespace Octet.LoadTester.MockServer;

/// <summary>Nanoseconds of a clock that never steps back, and waits for a moment of it.</summary>
internal readonly struct MonotonicClock(TimeProvider time)
{
    private const long NanosecondsPerMillisecond = 1_000_000;

    /// <summary>Now.</summary>
    public long Nanoseconds => (long)((Int128)time.GetTimestamp() * 1_000_000_000 / time.TimestampFrequency);

    /// <summary>Returns when that moment has passed, never before it; timers of whole milliseconds may make it up to two later.</summary>
    public async Task WaitUntilAsync(long moment, CancellationToken cancellationToken)
    {
        for (var left = moment - Nanoseconds; left > 0; left = moment - Nanoseconds)
        {
            await Task.Delay(TimeSpan.FromMilliseconds((left + NanosecondsPerMillisecond - 1) / NanosecondsPerMillisecond), time, cancellationToken);
        }
    }

    public static long OfMilliseconds(double milliseconds) => (long)(milliseconds * NanosecondsPerMillisecond);
}
