using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.RepresentationModel;

namespace Octet.Reporter.Imports;

/// <summary>A YAML report as JSON: plain scalars become numbers, booleans and null as JSON reads them; anchors and aliases are refused.</summary>
internal static class YamlDocument
{
    private const int MostDepth = 64;

    /// <exception cref="YamlException">It is not YAML.</exception>
    /// <exception cref="InvalidDataException">It has an alias, or nests too deeply.</exception>
    public static JsonElement ToJson(string text)
    {
        var parser = new Parser(new StringReader(text));
        while (parser.MoveNext())
        {
            if (parser.Current is AnchorAlias)
            {
                throw new InvalidDataException("it has YAML aliases");
            }
        }

        var stream = new YamlStream();
        stream.Load(new StringReader(text));
        return stream.Documents.Count == 0 ? default : JsonSerializer.SerializeToElement(Convert(stream.Documents[0].RootNode, 0), ImportJson.Default.JsonNode);
    }

    private static JsonNode? Convert(YamlNode node, int depth)
    {
        if (depth > MostDepth)
        {
            throw new InvalidDataException($"it nests deeper than {MostDepth} levels");
        }

        return node switch
        {
            YamlMappingNode map => new JsonObject(map.Children.Select(child => KeyValuePair.Create(child.Key.ToString(), Convert(child.Value, depth + 1)))),
            YamlSequenceNode list => new JsonArray([.. list.Children.Select(child => Convert(child, depth + 1))]),
            YamlScalarNode { Style: ScalarStyle.Plain } scalar => Plain(scalar.Value ?? ""),
            YamlScalarNode scalar => JsonValue.Create(scalar.Value),
            _ => null,
        };
    }

    private static JsonValue? Plain(string text) => text switch
    {
        "" or "~" or "null" => null,
        "true" => JsonValue.Create(true),
        "false" => JsonValue.Create(false),
        _ => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) ? JsonValue.Create(whole)
            : double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? JsonValue.Create(number)
            : JsonValue.Create(text),
    };
}

[System.Text.Json.Serialization.JsonSerializable(typeof(JsonNode))]
internal sealed partial class ImportJson : System.Text.Json.Serialization.JsonSerializerContext;
