using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Octet.Reporter.Pairs;
using Octet.Reporter.Report;

namespace Octet.Reporter.Tests.Schema;

/// <summary>The schema that the records of comparison.json have: every member named, none besides, and the ranges that its numbers may have.</summary>
internal static class SchemaOfRecords
{
    private static readonly string[] Probabilities = ["mc_nemar_p", "holm_p", "base_accuracy", "compressed_accuracy", "flip_rate", "certifiable_margin"];

    private static readonly string[] NotNegative =
    [
        "documents", "completed", "failed", "pairs", "lost", "runs", "both_right", "right_to_wrong", "wrong_to_right", "both_wrong", "output_tokens_per_second", "requests_per_second",
        "ttft_p50_ms", "ttft_p95_ms", "itl_p50_ms", "itl_p95_ms", "latency_p50_ms", "checkpoint_bytes", "weight_bytes", "kv_cache_tokens", "kv_cache_bytes", "spread", "base_runs", "candidate_runs",
    ];

    private static readonly string[] Positive = ["concurrency", "max_model_len", "processors", "throughput", "ttft", "itl"];

    public static string Text()
    {
        var definitions = new SortedDictionary<string, JsonNode>(StringComparer.Ordinal);
        var run = Of(ReportJson.Default.RunComparison, definitions);
        var pair = Of(PairJson.Default.PairComparison, definitions);
        var members = new JsonObject();
        foreach (var (name, definition) in definitions)
        {
            members[name] = definition;
        }

        return new JsonObject
        {
            ["$schema"] = "https://json-schema.org/draft/2020-12/schema",
            ["title"] = "comparison.json of Octet",
            ["description"] = $"Version {ComparisonSchema.Version}: a run of octet run, or two result sets of octet compare. Names are snake_case; times are milliseconds where they end in _ms; intervals hold an estimate and its two one-sided bounds.",
            ["oneOf"] = new JsonArray(run, pair),
            ["$defs"] = members,
        }.ToJsonString(new JsonSerializerOptions { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }).ReplaceLineEndings("\n");
    }

    /// <summary>Records become definitions, so that each is written once; all their members are always there, but for those that are left out where they are null.</summary>
    private static JsonNode Of(JsonTypeInfo type, SortedDictionary<string, JsonNode> definitions)
    {
        var known = new Dictionary<Type, JsonNode>();
        return type.GetJsonSchemaAsNode(new JsonSchemaExporterOptions { TreatNullObliviousAsNonNullable = true, TransformSchemaNode = Transform });

        JsonNode Transform(JsonSchemaExporterContext context, JsonNode node)
        {
            var member = Nullable.GetUnderlyingType(context.TypeInfo.Type) ?? context.TypeInfo.Type;
            if (node is not JsonObject schema)
            {
                return node;
            }

            if (schema.ContainsKey("$ref"))
            {
                // The exporter points to the first place of a type.
                return WithNull(context, known[member].DeepClone());
            }

            Numbers(context, schema);
            if (schema["properties"] is not JsonObject properties)
            {
                known.TryAdd(member, schema.DeepClone());
                return schema;
            }

            var absent = context.TypeInfo.Properties.Where(property => property.AttributeProvider?.IsDefined(typeof(JsonIgnoreAttribute), inherit: false) == true).Select(property => property.Name).ToHashSet();
            schema["type"] = "object";
            schema["required"] = new JsonArray([.. properties.Where(property => !absent.Contains(property.Key)).Select(property => JsonValue.Create(property.Key))]);
            schema["additionalProperties"] = false;
            definitions[member.Name] = schema;
            var reference = new JsonObject { ["$ref"] = $"#/$defs/{member.Name}" };
            known.TryAdd(member, reference.DeepClone());
            return WithNull(context, reference);
        }
    }

    private static JsonNode WithNull(JsonSchemaExporterContext context, JsonNode schema) =>
        schema["$ref"] is not null && (Nullable.GetUnderlyingType(context.TypeInfo.Type) is not null || context.PropertyInfo is { IsGetNullable: true })
            ? new JsonObject { ["anyOf"] = new JsonArray(schema, new JsonObject { ["type"] = "null" }) }
            : schema;

    /// <summary>NaN and infinities are no results: only numbers, in the range of their name.</summary>
    private static void Numbers(JsonSchemaExporterContext context, JsonObject schema)
    {
        var type = Nullable.GetUnderlyingType(context.TypeInfo.Type) ?? context.TypeInfo.Type;
        if (type != typeof(double) && type != typeof(int) && type != typeof(long))
        {
            return;
        }

        var isNullable = Nullable.GetUnderlyingType(context.TypeInfo.Type) is not null;
        schema.Clear();
        var word = type == typeof(double) ? "number" : "integer";
        schema["type"] = isNullable ? new JsonArray(word, "null") : word;
        var name = context.PropertyInfo?.Name ?? "";
        if (name == "schema_version")
        {
            schema["const"] = ComparisonSchema.Version;
        }
        else if (Probabilities.Contains(name))
        {
            (schema["minimum"], schema["maximum"]) = (0, 1);
        }
        else if (NotNegative.Contains(name))
        {
            schema["minimum"] = 0;
        }
        else if (Positive.Contains(name))
        {
            schema["exclusiveMinimum"] = 0;
        }
    }
}
