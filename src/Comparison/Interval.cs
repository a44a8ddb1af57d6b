namespace Octet.Comparison;

/// <summary>An estimate with its two one-sided bounds, each at the same level: at 5 % each they enclose a 90 % interval.</summary>
public readonly record struct Interval(double Estimate, double Lower, double Upper)
{
    /// <summary>The interval in another unit.</summary>
    public Interval Scale(double factor) => new(Estimate * factor, Lower * factor, Upper * factor);
}
