using System.Text.Json;
using Octet.Inference.Guidance;
using Octet.InferenceServer.Hosting;

namespace Octet.InferenceServer.Http;

/// <summary>Demands on the form of the text: <c>response_format</c> and vLLM's <c>structured_outputs</c>. What this server cannot guarantee it
/// refuses by name, rather than to ignore it.</summary>
internal static class OutputForm
{
    private const string Structured = "structured_outputs";
    private static readonly string[] Constraints = ["json", "regex", "choice", "grammar", "json_object", "structural_tag"];

    /// <returns>Null for free text.</returns>
    /// <exception cref="ApiException">A field is malformed, or the form is not supported.</exception>
    public static TokenGuide? Read(RequestFields fields, ServedModel model)
    {
        try
        {
            var byFormat = fields.TryGet("response_format", out var format) ? FromFormat(format, model) : null;
            var byConstraint = fields.TryGet(Structured, out var constraint) ? FromConstraint(constraint, model) : null;
            return byFormat is not null && byConstraint is not null
                ? throw ApiException.Bad("response_format and structured_outputs both demand a form; only one can be met.", Structured)
                : byFormat ?? byConstraint;
        }
        catch (GrammarException unusable)
        {
            throw ApiException.Bad(unusable.Message + $" (parameter={(fields.TryGet(Structured, out _) ? Structured : "response_format")})", fields.TryGet(Structured, out _) ? Structured : "response_format");
        }
    }

    private static TokenGuide? FromFormat(JsonElement format, ServedModel model)
    {
        if (format.ValueKind != JsonValueKind.Object || !format.TryGetProperty("type", out var type) || type.ValueKind != JsonValueKind.String)
        {
            throw ApiException.Invalid("response_format.type", "Field required", RequestFields.Show(format));
        }

        return type.GetString() switch
        {
            "text" => null,
            "json_object" => model.Guides.JsonObject(),
            "json_schema" => model.Guides.JsonSchema(Schema(format)),
            "structural_tag" => throw ApiException.Bad("response_format of type structural_tag is not supported by this server. (parameter=response_format)", "response_format"),
            _ => throw ApiException.Invalid("response_format.type", "Input should be 'text', 'json_object' or 'json_schema'", RequestFields.Show(type)),
        };
    }

    private static JsonElement Schema(JsonElement format)
    {
        if (!format.TryGetProperty("json_schema", out var named) || named.ValueKind != JsonValueKind.Object)
        {
            throw ApiException.Invalid("response_format.json_schema", "Field required", RequestFields.Show(format));
        }

        return named.TryGetProperty("schema", out var schema) ? schema : throw ApiException.Invalid("response_format.json_schema.schema", "Field required", RequestFields.Show(named));
    }

    private static TokenGuide? FromConstraint(JsonElement demanded, ServedModel model)
    {
        var fields = new RequestFields(demanded);
        var given = Constraints.Where(name => fields.TryGet(name, out var value) && value.ValueKind != JsonValueKind.False).ToList();
        if (given.Count != 1)
        {
            throw ApiException.Bad(given.Count == 0
                ? "You must use one kind of structured outputs constraint but none are specified."
                : $"You can only use one kind of structured outputs constraint but multiple are specified: {string.Join(", ", given)}.", Structured);
        }

        foreach (var name in (ReadOnlySpan<string>)["grammar", "structural_tag", "whitespace_pattern"])
        {
            if (fields.TryGet(name, out _))
            {
                throw ApiException.Bad($"structured_outputs.{name} is not supported by this server. (parameter=structured_outputs)", Structured);
            }
        }

        if (fields.Bool("disable_any_whitespace"))
        {
            throw ApiException.Bad("structured_outputs.disable_any_whitespace is not supported by this server. (parameter=structured_outputs)", Structured);
        }

        return given[0] switch
        {
            "choice" => model.Guides.Choice(fields.Texts("choice")),
            "regex" => model.Guides.Regex(fields.Text("regex")!),
            "json_object" => model.Guides.JsonObject(),
            _ => model.Guides.JsonSchema(GivenSchema(fields)),
        };
    }

    /// <summary>A schema as an object or as its text.</summary>
    private static JsonElement GivenSchema(RequestFields fields)
    {
        fields.TryGet("json", out var schema);
        try
        {
            return schema.ValueKind == JsonValueKind.String ? JsonElement.Parse(schema.GetString()!) : schema;
        }
        catch (JsonException malformed)
        {
            throw ApiException.Bad($"structured_outputs.json is not JSON: {malformed.Message} (parameter=structured_outputs)", Structured);
        }
    }
}
