using System.Globalization;
using System.Text.Json.Nodes;

namespace Octet.Evaluator.Python;

/// <summary>Python's <c>repr</c> of a float: shortest digits, a point always, an exponent below 1e-4 and from 1e16.</summary>
public static class PythonNumber
{
    public static string Repr(double value)
    {
        if (!double.IsFinite(value))
        {
            return double.IsNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
        }

        var scientific = value.ToString("E16", CultureInfo.InvariantCulture);
        var exponent = value == 0 ? 0 : int.Parse(scientific[(scientific.IndexOf('E') + 1)..], CultureInfo.InvariantCulture);
        var shortest = value.ToString("R", CultureInfo.InvariantCulture);
        if (exponent is >= -4 and < 16)
        {
            var plain = shortest.Contains('E', StringComparison.Ordinal) ? value.ToString("F1", CultureInfo.InvariantCulture) : shortest;
            return plain.Contains('.', StringComparison.Ordinal) ? plain : plain + ".0";
        }

        var digits = shortest.Contains('E', StringComparison.Ordinal) ? shortest[..shortest.IndexOf('E')] : Mantissa(shortest);
        return $"{digits}e{(exponent < 0 ? "-" : "+")}{Math.Abs(exponent).ToString("00", CultureInfo.InvariantCulture)}";
    }

    /// <summary>A JSON number written as Python writes it.</summary>
    public static JsonNode Node(double value) => JsonNode.Parse(double.IsFinite(value) ? Repr(value) : "null")!;

    private static string Mantissa(string plain)
    {
        var sign = plain.StartsWith('-') ? "-" : "";
        var digits = plain.Replace("-", "", StringComparison.Ordinal).Replace(".", "", StringComparison.Ordinal).Trim('0');
        return sign + (digits.Length > 1 ? $"{digits[0]}.{digits[1..]}" : digits);
    }
}
