using System.Globalization;

namespace Octet.Contracts.Runs.Yaml;

/// <summary>
/// Typed access to one mapping. A field that is missing gives its default, a field that is wrong adds an error and gives its default;
/// <see cref="End"/> reports the keys nobody asked for.
/// </summary>
internal sealed class YamlFields(YamlMap map, string path, YamlErrors errors)
{
    private const int LongestText = 4096;
    private const int MostItems = 1000;
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);

    public YamlPlace Place => map.Place;

    public YamlErrors Errors => errors;

    public string? OptionalText(string key) => Find(key) is { } value && !IsNull(value) ? ReadText(key, value) : null;

    /// <summary>A text that may have several lines.</summary>
    public string? OptionalLines(string key) => Find(key) is { } value && !IsNull(value) ? ReadText(key, value, lines: true) : null;

    public string Text(string key, string fallback) => Find(key) is { } value ? ReadText(key, value) ?? fallback : fallback;

    /// <summary>One of a few words.</summary>
    public string Choice(string key, string fallback, params ReadOnlySpan<string> allowed)
    {
        var text = Text(key, fallback);
        if (allowed.Contains(text))
        {
            return text;
        }

        Fail(key, $"'{YamlTree.Shown(text)}' is not one of {string.Join(", ", allowed)}{Suggestion.For(text, allowed.ToArray())}");
        return fallback;
    }

    public T Choice<T>(string key, T fallback)
        where T : struct, Enum
    {
        var values = Enum.GetValues<T>();
        var names = values.Select(YamlNames.Of).ToArray();
        return values[Array.IndexOf(names, Choice(key, YamlNames.Of(fallback), names))];
    }

    public bool Flag(string key, bool fallback) => OptionalFlag(key, required: true) ?? fallback;

    public bool? OptionalFlag(string key) => OptionalFlag(key, required: false);

    public int Whole(string key, int fallback, int least, int most) => (int)(ReadWhole(key, least, most, required: true) ?? fallback);

    public int? OptionalWhole(string key, int least, int most) => (int?)ReadWhole(key, least, most, required: false);

    /// <summary>A number of tokens or a distribution of it.</summary>
    public TokenLengths Lengths(string key, int fallback)
    {
        if (Find(key) is not YamlText { Value: { } text } || !text.Contains(':', StringComparison.Ordinal))
        {
            return TokenLengths.Fixed(Whole(key, fallback, 1, TokenLengths.Longest));
        }

        try
        {
            return TokenLengths.Parse(Text(key, ""), "the distribution");
        }
        catch (OctetException wrong)
        {
            Fail(key, wrong.Message);
            return TokenLengths.Fixed(fallback);
        }
    }

    public long Seed(string key, long fallback) => ReadWhole(key, 0, long.MaxValue, required: true) ?? fallback;

    /// <summary>A number above 0.</summary>
    public double Positive(string key, double fallback, double most) => ReadNumber(key, double.Epsilon, most, required: true) ?? fallback;

    /// <summary>A number above 0, or null.</summary>
    public double? OptionalPositive(string key, double most) => ReadNumber(key, double.Epsilon, most, required: false);

    /// <summary>A whole number from 1, or a share above 0 and below 1.</summary>
    public double? OptionalCountOrShare(string key, int most)
    {
        if (Find(key) is not { } node || IsNull(node))
        {
            return null;
        }

        if (node is YamlText { IsPlain: true } text && double.TryParse(text.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
            && (value is > 0 and < 1 || (value >= 1 && value <= most && double.IsInteger(value))))
        {
            return value;
        }

        errors.Add(node.Place, $"{Name(key)}: expected a whole number from 1 to {most}, or a share above 0 and below 1{Given(node)}");
        return null;
    }

    /// <summary>A number from 0 to 1.</summary>
    public double Fraction(string key, double fallback) => ReadNumber(key, 0, 1, required: true) ?? fallback;

    public IReadOnlyList<string> Texts(string key, IReadOnlyList<string> fallback) =>
        List(key) is { } list ? [.. list.Items.Select(item => ReadText(key, item)).OfType<string>()] : fallback;

    public IReadOnlyList<int> Wholes(string key, IReadOnlyList<int> fallback, int least, int most) =>
        List(key) is { } list ? [.. list.Items.Select(item => ReadWhole(key, item, least, most)).OfType<long>().Select(value => (int)value)] : fallback;

    /// <summary>The mapping under a key; an empty one where the key is missing or has no value.</summary>
    public YamlFields Section(string key)
    {
        var value = Find(key);
        if (value is not null and not YamlMap && !IsNull(value))
        {
            Fail(key, "expected 'name: value' lines below it");
        }

        return new YamlFields(value as YamlMap ?? new YamlMap(value?.Place ?? map.Place, []), Name(key), errors);
    }

    /// <summary>The mapping under a key, or null where the key is missing or has no value.</summary>
    public YamlFields? OptionalSection(string key) => Find(key) is { } value && !IsNull(value) ? Section(key) : null;

    public bool Has(string key) => map.Entries.Any(entry => entry.Key == key);

    /// <summary>The mappings of a list, or null where the key is missing.</summary>
    public IReadOnlyList<YamlFields>? Sections(string key)
    {
        if (List(key) is not { } list)
        {
            return null;
        }

        foreach (var item in list.Items.Where(item => item is not YamlMap))
        {
            errors.Add(item.Place, $"{Name(key)}: every item must be a mapping");
        }

        return [.. list.Items.OfType<YamlMap>().Select((item, index) => new YamlFields(item, $"{Name(key)}[{index}]", errors))];
    }

    /// <summary>Reports every key that was not asked for.</summary>
    public void End()
    {
        foreach (var entry in map.Entries.Where(entry => !_known.Contains(entry.Key)))
        {
            errors.Add(entry.Place, $"unknown key '{Name(YamlTree.Shown(entry.Key))}'{Suggestion.For(entry.Key, _known)}");
        }
    }

    public void Fail(string key, string message) => errors.Add((Find(key)?.Place) ?? map.Place, $"{Name(key)}: {message}");

    private string Name(string key) => path.Length == 0 ? key : $"{path}.{key}";

    private YamlNode? Find(string key)
    {
        _known.Add(key);
        return map.Entries.FirstOrDefault(entry => entry.Key == key)?.Value;
    }

    private static bool IsNull(YamlNode node) => node is YamlText { IsNull: true };

    private YamlList? List(string key)
    {
        var value = Find(key);
        if (value is YamlList { Items.Count: <= MostItems } list)
        {
            return list;
        }

        if (value is not null)
        {
            Fail(key, value is YamlList ? $"more than {MostItems} items" : "expected a list, like [a, b]");
        }

        return null;
    }

    private string? ReadText(string key, YamlNode node, bool lines = false)
    {
        if (node is YamlText { IsNull: false, Value.Length: > 0 and <= LongestText } text && !text.Value.Any(sign => char.IsControl(sign) && !(lines && sign == '\n')))
        {
            return text.Value;
        }

        errors.Add(node.Place, $"{Name(key)}: expected a text of 1 to {LongestText} characters{(lines ? "" : " on one line")}");
        return null;
    }

    private bool? OptionalFlag(string key, bool required)
    {
        var node = Find(key);
        if (node is null || (!required && IsNull(node)))
        {
            return null;
        }

        if (node is YamlText { IsPlain: true } text && bool.TryParse(text.Value, out var value))
        {
            return value;
        }

        Fail(key, "expected true or false");
        return null;
    }

    private long? ReadWhole(string key, long least, long most, bool required) =>
        Find(key) is { } node && (required || !IsNull(node)) ? ReadWhole(key, node, least, most) : null;

    private long? ReadWhole(string key, YamlNode node, long least, long most)
    {
        if (node is YamlText { IsPlain: true } text
            && long.TryParse(text.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value)
            && value >= least && value <= most)
        {
            return value;
        }

        errors.Add(node.Place, $"{Name(key)}: expected a whole number from {least} to {most}{Given(node)}");
        return null;
    }

    private double? ReadNumber(string key, double least, double most, bool required)
    {
        if (Find(key) is not { } node || (!required && IsNull(node)))
        {
            return null;
        }

        if (node is YamlText { IsPlain: true } text
            && double.TryParse(text.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
            && value >= least && value <= most)
        {
            return value;
        }

        var lower = least > 0 ? "above 0" : "from 0";
        errors.Add(node.Place, string.Create(CultureInfo.InvariantCulture, $"{Name(key)}: expected a number {lower} to {most}{Given(node)}"));
        return null;
    }

    private static string Given(YamlNode node) => node is YamlText text ? $", not '{YamlTree.Shown(text.Value)}'" : "";
}
