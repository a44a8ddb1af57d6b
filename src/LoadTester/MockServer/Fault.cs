using System.Globalization;
using Octet.Contracts.Runs;

namespace Octet.LoadTester.MockServer;

/// <summary>What can go wrong with a request.</summary>
public enum FaultKind
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>An HTTP error status instead of an answer.</summary>
    Status,

    /// <summary>Status 200, then an error as the only event of the stream.</summary>
    StreamError,

    /// <summary>Status 200 and an empty body.</summary>
    Empty,

    /// <summary>The stream ends cleanly in the middle, without a finish reason.</summary>
    Truncate,

    /// <summary>The connection is reset in the middle of the stream.</summary>
    Disconnect,

    /// <summary>The stream rests in the middle and goes on.</summary>
    Stall,
}

/// <summary>A fault and how often it strikes.</summary>
/// <param name="Kind">What happens.</param>
/// <param name="Status">HTTP status of <see cref="FaultKind.Status"/>, else 0.</param>
/// <param name="Rate">Probability for a request; 0 where <paramref name="Every"/> decides.</param>
/// <param name="Every">Strikes each n-th request; 0 where <paramref name="Rate"/> decides.</param>
public sealed record Fault(FaultKind Kind, int Status, double Rate, int Every)
{
    /// <summary>What the text may be, for messages and help.</summary>
    public const string Forms = "KIND=RATE or KIND=every:N; KIND is an HTTP status from 400 to 599, sse-error, empty, truncate, disconnect or stall; RATE lies between 0 and 1";

    /// <exception cref="OctetException">Kind Usage: the text has none of the forms.</exception>
    public static Fault Parse(string text, string name)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Split('=', StringSplitOptions.TrimEntries) is not [var kind, var often])
        {
            throw Wrong();
        }

        var status = 0;
        var parsed = kind switch
        {
            "sse-error" => FaultKind.StreamError,
            "empty" => FaultKind.Empty,
            "truncate" => FaultKind.Truncate,
            "disconnect" => FaultKind.Disconnect,
            "stall" => FaultKind.Stall,
            _ when int.TryParse(kind, NumberStyles.None, CultureInfo.InvariantCulture, out status) && status is >= 400 and <= 599 => FaultKind.Status,
            _ => throw Wrong(),
        };
        if (often.StartsWith("every:", StringComparison.Ordinal))
        {
            return int.TryParse(often["every:".Length..], NumberStyles.None, CultureInfo.InvariantCulture, out var every) && every > 0 ? new Fault(parsed, status, 0, every) : throw Wrong();
        }

        return double.TryParse(often, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var rate) && rate is >= 0 and <= 1 ? new Fault(parsed, status, rate, 0) : throw Wrong();

        OctetException Wrong() => new(FailureKind.Usage, $"{name} '{text}' is not {Forms}");
    }

    /// <summary>Whether it strikes a request.</summary>
    /// <param name="number">Number of the request on this server, from 1.</param>
    /// <param name="draw">A draw between 0 and 1 that belongs to this fault and request.</param>
    public bool Strikes(int number, double draw) => Every > 0 ? number % Every == 0 : draw < Rate;

    /// <summary>The text it is written as, without its rate.</summary>
    public string Name => Kind switch
    {
        FaultKind.Status => Status.ToString(CultureInfo.InvariantCulture),
        FaultKind.StreamError => "sse-error",
        FaultKind.None => "none",
        FaultKind.Empty => "empty",
        FaultKind.Truncate => "truncate",
        FaultKind.Disconnect => "disconnect",
        _ => "stall",
    };

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Name}={(Every > 0 ? $"every:{Every}" : Rate.ToString(CultureInfo.InvariantCulture))}");
}
