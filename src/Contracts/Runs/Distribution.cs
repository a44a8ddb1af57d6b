using System.Globalization;

namespace Octet.Contracts.Runs;

/// <summary>A distribution that a user writes as text: <c>50</c>, <c>uniform:40,60</c>, <c>normal:50,5</c>, <c>lognormal:50,0.4</c> (median and
/// sigma of the logarithm), <c>exponential:50</c> (mean) or <c>empirical:40,50,55</c> (one of the values, each as likely); <c>,min=A</c> and <c>,max=B</c> bound the draws.</summary>
public sealed class Distribution
{
    /// <summary>What the text may be, for messages and help.</summary>
    public const string Forms = "N | uniform:LOW,HIGH | normal:MEAN,SD | lognormal:MEDIAN,SIGMA | exponential:MEAN | empirical:VALUE,VALUE,..., each with optional ,min=A,max=B";

    private readonly string _text;
    private readonly Func<Random, double> _draw;
    private readonly double _min;
    private readonly double _max;

    private Distribution(string text, Func<Random, double> draw, double typical, double most, double min, double max)
    {
        _text = text;
        _draw = draw;
        _min = min;
        _max = max;
        Typical = Math.Clamp(typical, min, max);
        Most = Math.Min(Math.Max(most, min), max);
    }

    /// <summary>The median.</summary>
    public double Typical { get; }

    /// <summary>No draw lies above; positive infinity without a bound.</summary>
    public double Most { get; }

    /// <summary>Always the same value.</summary>
    public static Distribution Fixed(double value) => new(value.ToString(CultureInfo.InvariantCulture), _ => value, value, value, double.NegativeInfinity, double.PositiveInfinity);

    /// <summary>Reads a distribution of values that are never negative.</summary>
    /// <param name="text">One of <see cref="Forms"/>.</param>
    /// <param name="name">The option, for the message.</param>
    /// <exception cref="OctetException">Kind Usage: the text has none of the forms, or impossible numbers.</exception>
    public static Distribution Parse(string text, string name)
    {
        ArgumentNullException.ThrowIfNull(text);
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        var kind = colon < 0 ? "fixed" : text[..colon].Trim();
        var parts = text[(colon + 1)..].Split(',', StringSplitOptions.TrimEntries);
        var numbers = parts.TakeWhile(part => !part.Contains('=', StringComparison.Ordinal)).Select(Number).ToArray();
        var (min, max) = Bounds(parts.Skip(numbers.Length));
        if (min > max)
        {
            throw Wrong("min lies above max");
        }

        Distribution Of(Func<Random, double> draw, double typical, double most = double.PositiveInfinity) => new(text, draw, typical, most, min, max);

        return (kind, numbers) switch
        {
            ("fixed", [var value]) => Of(_ => value, value, value),
            ("uniform", [var low, var high]) when low <= high => Of(random => low + ((high - low) * random.NextDouble()), (low + high) / 2, high),
            ("normal", [var mean, var deviation]) => Of(random => mean + (deviation * StandardNormal(random)), mean, deviation == 0 ? mean : double.PositiveInfinity),
            ("lognormal", [var median, var sigma]) => Of(random => median * Math.Exp(sigma * StandardNormal(random)), median, sigma == 0 ? median : double.PositiveInfinity),
            ("exponential", [var mean]) => Of(random => -mean * Math.Log(1 - random.NextDouble()), mean * Math.Log(2)),
            ("empirical", [_, ..]) => Of(random => numbers[random.Next(numbers.Length)], numbers.Order().ElementAt((numbers.Length - 1) / 2), numbers.Max()),
            _ => throw Wrong("it has none of the forms " + Forms),
        };

        double Number(string part) => double.TryParse(part, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && value is >= 0 and <= 1e9
            ? value
            : throw Wrong($"'{part}' is not a number from 0 to 1e9");

        (double Min, double Max) Bounds(IEnumerable<string> rest)
        {
            var (low, high) = (0.0, double.PositiveInfinity);
            foreach (var part in rest)
            {
                (low, high) = part.Split('=', StringSplitOptions.TrimEntries) switch
                {
                    ["min", var value] => (Number(value), high),
                    ["max", var value] => (low, Number(value)),
                    _ => throw Wrong($"'{part}' is neither min=A nor max=B"),
                };
            }

            return (low, high);
        }

        OctetException Wrong(string reason) => new(FailureKind.Usage, $"{name} '{text}': {reason}");
    }

    /// <summary>One value; equal generators in equal states give equal values. Draws outside the bounds become the bound.</summary>
    public double Draw(Random random)
    {
        ArgumentNullException.ThrowIfNull(random);
        return Math.Clamp(_draw(random), _min, _max);
    }

    /// <summary>The text it was read from.</summary>
    public override string ToString() => _text;

    /// <summary>Box and Muller; the second value of the pair is not kept, so that a draw depends on nothing drawn before it.</summary>
    private static double StandardNormal(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
