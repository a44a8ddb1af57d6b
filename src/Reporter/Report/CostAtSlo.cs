using Octet.Comparison.Performance;
using Octet.Contracts.Runs;

namespace Octet.Reporter.Report;

/// <summary>Cost of a million output tokens at the highest concurrency of the grid within the limits.</summary>
/// <param name="PerHour">Price of the hardware.</param>
/// <param name="Currency">Of all prices.</param>
/// <param name="Base">Of the base model.</param>
/// <param name="Compressed">Of the compressed model.</param>
public sealed record CostAtSlo(double PerHour, string Currency, double Base, double Compressed)
{
    public static CostAtSlo? Of(PriceSpec? price, LoadComparison load)
    {
        ArgumentNullException.ThrowIfNull(load);
        return price is not null && load.BreakEven.SingleOrDefault(point => point.Factor == 1) is { BaseTokensPerSecond: > 0 and var before, CompressedTokensPerSecond: > 0 and var after }
            ? new CostAtSlo(price.PerHour, price.Currency, SloThroughput.PerMillion(price.PerHour, before), SloThroughput.PerMillion(price.PerHour, after))
            : null;
    }
}
