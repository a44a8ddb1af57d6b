using System.Globalization;
using System.Numerics;

namespace Octet.Checkpoints.ChatTemplates.Values;

/// <summary>Digits of a double as Python rounds them: the exact binary value, ties to even.</summary>
internal static class ExactDecimal
{
    private const int MostDigits = 330;

    /// <param name="value">Any double.</param>
    /// <param name="digits">Digits behind the point, 0 to 330.</param>
    public static string Fixed(double value, int digits)
    {
        if (!double.IsFinite(value))
        {
            return double.IsNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
        }

        var scaled = Scaled(value, Math.Clamp(digits, 0, MostDigits));
        var text = BigInteger.Abs(scaled).ToString(CultureInfo.InvariantCulture).PadLeft(digits + 1, '0');
        return (double.IsNegative(value) ? "-" : "") + (digits == 0 ? text : $"{text[..^digits]}.{text[^digits..]}");
    }

    /// <summary>The nearest value with that many digits behind the point; fewer than none round to tens.</summary>
    public static double Round(double value, int digits) => !double.IsFinite(value) || digits > MostDigits ? value
        : digits >= 0 ? double.Parse(Fixed(value, digits), CultureInfo.InvariantCulture)
        : digits < -MostDigits ? 0 * value : Math.Round(value / Math.Pow(10, -digits), MidpointRounding.ToEven) * Math.Pow(10, -digits);

    private static BigInteger Scaled(double value, int digits)
    {
        var bits = BitConverter.DoubleToInt64Bits(value);
        var exponent = (int)((bits >> 52) & 0x7FF);
        BigInteger mantissa = (bits & 0xFFFFFFFFFFFFF) | (exponent == 0 ? 0 : 1L << 52);
        var shift = Math.Max(exponent, 1) - 1075;
        var product = mantissa * BigInteger.Pow(10, digits);
        if (shift >= 0)
        {
            return product << shift;
        }

        var quotient = product >> -shift;
        var twice = (product - (quotient << -shift)) << 1;
        var order = twice.CompareTo(BigInteger.One << -shift);
        return order > 0 || (order == 0 && !quotient.IsEven) ? quotient + 1 : quotient;
    }
}
