namespace Octet.Contracts.Runs.Yaml;

/// <summary>One value of a YAML text with the place it starts at.</summary>
internal abstract record YamlNode(YamlPlace Place);

/// <param name="IsPlain">Written without quotes, so that it may be a number, a truth value or null.</param>
internal sealed record YamlText(YamlPlace Place, string Value, bool IsPlain) : YamlNode(Place)
{
    public bool IsNull => IsPlain && IsNullWord(Value);

    /// <summary>The spellings of null in YAML's core schema.</summary>
    public static bool IsNullWord(string value) => value is "" or "~" or "null" or "Null" or "NULL";
}

internal sealed record YamlList(YamlPlace Place, IReadOnlyList<YamlNode> Items) : YamlNode(Place);

internal sealed record YamlMap(YamlPlace Place, IReadOnlyList<YamlEntry> Entries) : YamlNode(Place);

/// <summary>One line of a mapping.</summary>
internal sealed record YamlEntry(YamlPlace Place, string Key, YamlNode Value);
