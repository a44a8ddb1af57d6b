using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Octet.Checkpoints.Tokenizers;

/// <summary>Unicode normalization form C. <see cref="string.Normalize()"/> needs ICU, which a bare machine may lack; this does not.</summary>
internal static class CanonicalComposition
{
    private const int HangulBase = 0xAC00;
    private const int LeadBase = 0x1100;
    private const int VowelBase = 0x1161;
    private const int TrailBase = 0x11A7;
    private const int Vowels = 21;
    private const int Trails = 28;
    private const int Syllables = 19 * Vowels * Trails;
    private static readonly Tables Data = Tables.Load();

    public static string Normalize(string text)
    {
        if (IsQuick(text))
        {
            return text;
        }

        var points = new List<int>(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            Decompose(rune.Value, points);
        }

        Order(CollectionsMarshal.AsSpan(points));
        Compose(points);
        var result = new StringBuilder(text.Length);
        foreach (var point in points)
        {
            result.Append(new Rune(point).ToString());
        }

        return result.ToString();
    }

    /// <summary>Nothing below U+0300 is changed by NFC.</summary>
    private static bool IsQuick(string text) => text.AsSpan().IndexOfAnyExceptInRange('\0', '\u02FF') < 0;

    private static void Decompose(int point, List<int> target)
    {
        var syllable = point - HangulBase;
        if (syllable is >= 0 and < Syllables)
        {
            target.Add(LeadBase + (syllable / (Vowels * Trails)));
            target.Add(VowelBase + (syllable % (Vowels * Trails) / Trails));
            if (syllable % Trails > 0)
            {
                target.Add(TrailBase + (syllable % Trails));
            }
        }
        else if (Data.Decompositions.TryGetValue(point, out var parts))
        {
            Decompose(parts.First, target);
            if (parts.Second >= 0)
            {
                Decompose(parts.Second, target);
            }
        }
        else
        {
            target.Add(point);
        }
    }

    /// <summary>Stable sort of each run of marks by combining class.</summary>
    private static void Order(Span<int> points)
    {
        for (var i = 1; i < points.Length; i++)
        {
            var mark = Class(points[i]);
            for (var j = i; mark > 0 && j > 0 && Class(points[j - 1]) > mark; j--)
            {
                (points[j - 1], points[j]) = (points[j], points[j - 1]);
            }
        }
    }

    private static void Compose(List<int> points)
    {
        var starter = -1;
        var lastClass = 0;
        var write = 0;
        for (var read = 0; read < points.Count; read++)
        {
            var point = points[read];
            var mark = Class(point);
            var adjacent = starter == write - 1;
            if (starter >= 0 && (adjacent || lastClass < mark) && Pair(points[starter], point) is >= 0 and var composed)
            {
                points[starter] = composed;
                continue;
            }

            if (mark == 0)
            {
                starter = write;
            }

            lastClass = mark;
            points[write++] = point;
        }

        points.RemoveRange(write, points.Count - write);
    }

    /// <summary>The composed character, or -1.</summary>
    private static int Pair(int first, int second)
    {
        if (first is >= LeadBase and < LeadBase + 19 && second is >= VowelBase and < VowelBase + Vowels)
        {
            return HangulBase + ((((first - LeadBase) * Vowels) + second - VowelBase) * Trails);
        }

        var syllable = first - HangulBase;
        if (syllable is >= 0 and < Syllables && syllable % Trails == 0 && second is > TrailBase and < TrailBase + Trails)
        {
            return first + second - TrailBase;
        }

        return Data.Compositions.TryGetValue(((long)first << 32) | (uint)second, out var composed) ? composed : -1;
    }

    private static int Class(int point) => point < 0x300 ? 0 : Data.Classes.GetValueOrDefault(point);

    private sealed record Tables(Dictionary<int, int> Classes, Dictionary<int, (int First, int Second)> Decompositions, Dictionary<long, int> Compositions)
    {
        public static Tables Load()
        {
            var tables = new Tables([], [], []);
            using var stream = typeof(CanonicalComposition).Assembly.GetManifestResourceStream("nfc.txt")!;
            using var reader = new StreamReader(stream);
            while (reader.ReadLine() is { } line)
            {
                tables.Add(line.Split(' '));
            }

            return tables;
        }

        private void Add(string[] fields)
        {
            switch (fields[0])
            {
                case "c":
                    Classes[Hex(fields[1])] = int.Parse(fields[2], CultureInfo.InvariantCulture);
                    break;
                case "d" or "x":
                    var (point, first, second) = (Hex(fields[1]), Hex(fields[2]), fields.Length > 3 ? Hex(fields[3]) : -1);
                    Decompositions[point] = (first, second);
                    if (fields[0] == "d")
                    {
                        Compositions[((long)first << 32) | (uint)second] = point;
                    }

                    break;
                default:
                    break;
            }
        }

        private static int Hex(string text) => int.Parse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
    }
}
