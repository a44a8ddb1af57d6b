using System.Text.Json;
using Octet.Inference.Guidance;
using Xunit;

namespace Octet.Inference.Tests.Guidance;

public sealed class JsonGuideTests
{
    private const string Person = """
        {"type":"object","properties":{"name":{"type":"string"},"age":{"type":"integer"},"tags":{"type":"array","items":{"enum":["a","b"]},"maxItems":2}},"required":["name"]}
        """;

    private const string Tree = """{"$ref":"#/$defs/node","$defs":{"node":{"type":"object","properties":{"v":{"type":"number"},"next":{"anyOf":[{"$ref":"#/$defs/node"},{"type":"null"}]}},"required":["v","next"]}}}""";

    [Theory]
    [InlineData("{}", true)]
    [InlineData("{\n \"a\" : [1, -2.5e+3, true, null, {\"b\": \"\\u00e9\\n日\"}]\t}", true)]
    [InlineData("{\"a\":{\"b\":{\"c\":[[[]]]}}}", true)]
    [InlineData("[]", false)]
    [InlineData("{\"a\":01}", false)]
    [InlineData("{\"a\":1,}", false)]
    [InlineData("{a:1}", false)]
    [InlineData("{\"a\":\"\n\"}", false)]
    [InlineData("{\"a\":\"\\x\"}", false)]
    [InlineData("{\"a\":1", false)]
    [InlineData("{} ", false)]
    public void JsonObject_Texts_AreTheJsonObjects(string text, bool accepted) => Assert.Equal(accepted, GuideText.Accepts(GuideText.Bytes().JsonObject(), text));

    [Theory]
    [InlineData(Person, """{"name":"x"}""", true)]
    [InlineData(Person, """{ "name" : "x", "age": 3, "tags": ["a","b"] }""", true)]
    [InlineData(Person, """{"name":"x","tags":[]}""", true)]
    [InlineData(Person, """{"age":3}""", false)]
    [InlineData(Person, """{"age":3,"name":"x"}""", false)]
    [InlineData(Person, """{"name":"x","age":3.5}""", false)]
    [InlineData(Person, """{"name":"x","tags":["c"]}""", false)]
    [InlineData(Person, """{"name":"x","tags":["a","b","a"]}""", false)]
    [InlineData(Person, """{"name":"x","other":1}""", false)]
    [InlineData(Tree, """{"v":1,"next":{"v":2,"next":null}}""", true)]
    [InlineData(Tree, """{"v":1,"next":{"v":2}}""", false)]
    [InlineData("""{"properties":{"a":{"type":"boolean"}},"additionalProperties":{"type":"integer"}}""", """{"x":1,"y":2}""", true)]
    [InlineData("""{"properties":{"a":{"type":"boolean"}},"additionalProperties":{"type":"integer"}}""", """{"a":true,"y":"2"}""", false)]
    [InlineData("""{"type":"array","prefixItems":[{"type":"string"},{"type":"integer"}],"minItems":1}""", """["a",1]""", true)]
    [InlineData("""{"type":"array","prefixItems":[{"type":"string"},{"type":"integer"}],"minItems":1}""", """["a"]""", true)]
    [InlineData("""{"type":"array","prefixItems":[{"type":"string"},{"type":"integer"}],"minItems":1}""", "[]", false)]
    [InlineData("""{"type":"array","prefixItems":[{"type":"string"},{"type":"integer"}],"minItems":1}""", """["a",1,2]""", false)]
    [InlineData("""{"type":"array","items":{"type":"integer"},"minItems":2,"maxItems":3}""", "[1,2,3]", true)]
    [InlineData("""{"type":"array","items":{"type":"integer"},"minItems":2,"maxItems":3}""", "[1]", false)]
    [InlineData("""{"type":"array","items":{"type":"integer"},"minItems":2}""", "[1, 2, 3, 4, 5]", true)]
    [InlineData("""{"type":"array","maxItems":0}""", "[]", true)]
    [InlineData("""{"type":"array","maxItems":0}""", "[1]", false)]
    [InlineData("""{"type":["integer","null"]}""", "null", true)]
    [InlineData("""{"type":["integer","null"]}""", "true", false)]
    [InlineData("""{"const":{"a":[1,"é"]}}""", """{"a":[1,"é"]}""", true)]
    [InlineData("""{"type":"string","minLength":2,"maxLength":3}""", "\"日本\"", true)]
    [InlineData("""{"type":"string","minLength":2,"maxLength":3}""", "\"\\n\"", false)]
    [InlineData("""{"type":"string","minLength":2,"maxLength":3}""", "\"abcd\"", false)]
    [InlineData("""{"type":"string","pattern":"^a[^b]$"}""", "\"a\\\"\"", true)]
    [InlineData("""{"type":"string","pattern":"^a[^b]$"}""", "\"a\"\"", false)]
    [InlineData("""{"type":"string","pattern":"b"}""", "\"abc\"", true)]
    [InlineData("""{"type":"string","pattern":"^b"}""", "\"abc\"", false)]
    [InlineData("""{"type":"string","format":"date"}""", "\"2026-11-24\"", true)]
    [InlineData("""{"type":"string","format":"date"}""", "\"2026-13-24\"", false)]
    [InlineData("true", "[{}]", true)]
    [InlineData("{}", "3", true)]
    public void JsonSchema_Texts_AreWhatItDescribes(string schema, string text, bool accepted) =>
        Assert.Equal(accepted, GuideText.Accepts(GuideText.Bytes().JsonSchema(JsonElement.Parse(schema)), text));

    [Theory]
    [InlineData("""{"type":"integer","minimum":3}""", "'minimum'")]
    [InlineData("""{"not":{"type":"null"}}""", "'not'")]
    [InlineData("""{"patternProperties":{}}""", "'patternProperties'")]
    [InlineData("""{"allOf":[{"type":"null"},{"type":"string"}]}""", "'allOf'")]
    [InlineData("""{"type":"string","format":"hostname"}""", "'hostname'")]
    [InlineData("""{"type":"text"}""", "'text'")]
    [InlineData("""{"$ref":"#/$defs/none"}""", "leads nowhere")]
    [InlineData("""{"$ref":"http://example.org/s.json"}""", "outside")]
    [InlineData("""{"type":"object","required":["a"]}""", "'a'")]
    [InlineData("""{"$ref":"#"}""", "no text can match")]
    [InlineData("""{"type":"array","minItems":2,"maxItems":1}""", "2 to 1")]
    [InlineData("false", "allows nothing")]
    [InlineData("3", "is not a schema")]
    public void JsonSchema_NotSupported_IsRefusedByName(string schema, string reason)
    {
        var error = Assert.Throws<GrammarException>(() => GuideText.Bytes().JsonSchema(JsonElement.Parse(schema)));

        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void JsonObject_DeepNesting_IsFollowed() =>
        Assert.True(GuideText.Accepts(GuideText.Bytes().JsonObject(), "{\"a\":" + new string('[', 3000) + new string(']', 3000) + "}"));

    [Fact]
    public void Choice_NoTokenContinues_Throws()
    {
        var guide = new GuideCompiler(new TokenVocabulary([[(byte)'a'], null], [1])).Choice(["ab"]);
        var cursor = new GuideCursor(guide);
        cursor.Advance(0);

        Assert.Throws<GrammarException>(() => cursor.Mask(new float[2]));
    }

    [Fact]
    public void Mask_TokensOfSeveralBytes_AreTheBeginningsOfTheRest()
    {
        byte[]?[] tokens = ["y"u8.ToArray(), "ye"u8.ToArray(), "yes"u8.ToArray(), "yess"u8.ToArray(), "no"u8.ToArray(), "o"u8.ToArray(), null, null];
        var cursor = new GuideCursor(new GuideCompiler(new TokenVocabulary(tokens, [7])).Choice(["yes", "no"]));
        var logits = new float[10];

        cursor.Mask(logits);

        Assert.Equal([0, 1, 2, 4], Enumerable.Range(0, logits.Length).Where(id => logits[id] == 0));
        cursor.Advance(2);
        Array.Clear(logits);
        cursor.Mask(logits);
        Assert.True(cursor.IsFinished);
        Assert.Equal([7], Enumerable.Range(0, logits.Length).Where(id => logits[id] == 0));
    }
}
