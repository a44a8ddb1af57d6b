using System.Globalization;
using System.Text.Json;
using Octet.Contracts.Runs;

namespace Octet.Cli.Commands;

/// <summary>lm-eval's <c>--gen_kwargs</c>: name=value pairs, values as numbers, true, false or texts.</summary>
internal static class GenerationSettingsText
{
    /// <returns>JSON texts by name.</returns>
    /// <exception cref="OctetException">Kind Usage: a part is not name=value.</exception>
    public static IReadOnlyDictionary<string, string> Parse(string? text)
    {
        var settings = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var part in text?.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [])
        {
            var at = part.IndexOf('=', StringComparison.Ordinal);
            if (at < 1)
            {
                throw new OctetException(FailureKind.Usage, $"--gen-kwargs '{part}' is not name=value");
            }

            var value = part[(at + 1)..];
            settings[part[..at]] = value is "True" or "true" ? "true" : value is "False" or "false" ? "false"
                : double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? value
                : JsonSerializer.Serialize(value);
        }

        return settings;
    }
}
