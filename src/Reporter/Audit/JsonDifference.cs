using System.Globalization;
using System.Text.Json;

namespace Octet.Reporter.Audit;

/// <summary>Names every value in which two JSON texts differ.</summary>
/// <param name="tolerance">Relative distance within which two numbers are equal: 0 where the same platform computed both.</param>
internal sealed class JsonDifference(AuditLog log, double tolerance)
{
    /// <summary>Members that name an element of a list.</summary>
    private static readonly string[] Names = ["name", "row", "task", "variant", "setting", "concurrency"];

    public void Of(string place, JsonElement reported, JsonElement recomputed)
    {
        switch (reported.ValueKind, recomputed.ValueKind)
        {
            case (JsonValueKind.Object, JsonValueKind.Object):
                Objects(place, reported, recomputed);
                break;
            case (JsonValueKind.Array, JsonValueKind.Array):
                Arrays(place, reported, recomputed);
                break;
            case (JsonValueKind.Number, JsonValueKind.Number):
                log.Count();
                if (!Equal(reported.GetDouble(), recomputed.GetDouble()))
                {
                    log.Add(place, reported.GetRawText(), recomputed.GetRawText());
                }

                break;
            default:
                if (reported.GetRawText() != recomputed.GetRawText() && (reported.ValueKind != recomputed.ValueKind || reported.ToString() != recomputed.ToString()))
                {
                    log.Add(place, reported.GetRawText(), recomputed.GetRawText());
                }

                break;
        }
    }

    private bool Equal(double reported, double recomputed) => reported.Equals(recomputed) || Math.Abs(reported - recomputed) <= tolerance * Math.Max(Math.Abs(reported), Math.Abs(recomputed));

    private void Objects(string place, JsonElement reported, JsonElement recomputed)
    {
        foreach (var member in recomputed.EnumerateObject())
        {
            var inner = $"{place}{(place.EndsWith(' ') ? "" : ".")}{member.Name}";
            if (reported.TryGetProperty(member.Name, out var value))
            {
                Of(inner, value, member.Value);
            }
            else
            {
                log.Add(inner, "nothing", member.Value.GetRawText());
            }
        }

        foreach (var member in reported.EnumerateObject().Where(member => !recomputed.TryGetProperty(member.Name, out _)))
        {
            log.Add($"{place}{(place.EndsWith(' ') ? "" : ".")}{member.Name}", member.Value.GetRawText(), "nothing");
        }
    }

    private void Arrays(string place, JsonElement reported, JsonElement recomputed)
    {
        if (reported.GetArrayLength() != recomputed.GetArrayLength())
        {
            log.Add($"{place} (number of entries)", reported.GetArrayLength().ToString(CultureInfo.InvariantCulture), recomputed.GetArrayLength().ToString(CultureInfo.InvariantCulture));
            return;
        }

        for (var i = 0; i < recomputed.GetArrayLength(); i++)
        {
            Of($"{place}[{Name(recomputed[i]) ?? i.ToString(CultureInfo.InvariantCulture)}]", reported[i], recomputed[i]);
        }
    }

    private static string? Name(JsonElement element) => element.ValueKind != JsonValueKind.Object ? null
        : Names.Select(name => element.TryGetProperty(name, out var value) ? value.ToString() : null).FirstOrDefault(name => name is not null);
}
