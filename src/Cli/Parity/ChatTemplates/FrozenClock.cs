namespace Octet.Cli.Parity.ChatTemplates;

/// <summary>The clock of a recording for the local time; the system's own for measuring.</summary>
internal sealed class FrozenClock(DateTime local) : TimeProvider
{
    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    public override DateTimeOffset GetUtcNow() => new(local, TimeSpan.Zero);
}
