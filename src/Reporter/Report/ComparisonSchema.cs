namespace Octet.Reporter.Report;

/// <summary>The JSON Schema of <c>comparison.json</c>, of <c>octet run</c> and of <c>octet compare</c>: docs/schema/comparison.schema.json.</summary>
public static class ComparisonSchema
{
    /// <summary>schema_version of the files. It rises with every change of the schema.</summary>
    public const int Version = 2;

    public static string Text()
    {
        using var stream = typeof(ComparisonSchema).Assembly.GetManifestResourceStream("comparison.schema.json") ?? throw new InvalidOperationException("the schema is not in the assembly");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().TrimEnd('\n');
    }
}
