namespace Octet.Contracts.Runs.Yaml;

/// <summary>The known name a mistyped one most likely stands for.</summary>
internal static class Suggestion
{
    private const int LongestName = 64;

    /// <summary>"; did you mean 'x'?" or nothing.</summary>
    public static string For(string given, IEnumerable<string> known)
    {
        if (given.Length > LongestName)
        {
            return "";
        }

        var folded = given.Replace('_', '-').ToLowerInvariant();
        var (name, distance) = known.Select(candidate => (candidate, Distance(folded, candidate.ToLowerInvariant()))).DefaultIfEmpty(("", int.MaxValue)).MinBy(pair => pair.Item2);
        return distance <= Math.Max(1, name.Length / 3) ? $"; did you mean '{name}'?" : "";
    }

    /// <summary>Edits (insert, delete, replace) that turn one name into the other.</summary>
    private static int Distance(string left, string right)
    {
        var row = Enumerable.Range(0, right.Length + 1).ToArray();
        for (var i = 1; i <= left.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= right.Length; j++)
            {
                var replaced = diagonal + (left[i - 1] == right[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replaced, 1 + Math.Min(row[j], row[j - 1]));
            }
        }

        return row[^1];
    }
}
