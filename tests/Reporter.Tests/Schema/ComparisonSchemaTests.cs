using System.Text.Json;
using System.Text.Json.Nodes;
using Json.Schema;
using Octet.Contracts.Runs;
using Octet.Reporter.Imports;
using Octet.Reporter.Pairs;
using Octet.Reporter.Report;
using Xunit;

namespace Octet.Reporter.Tests.Schema;

/// <summary>What Octet writes is what its schema says.</summary>
public sealed class ComparisonSchemaTests
{
    private static readonly JsonSchema Schema = JsonSchema.FromText(ComparisonSchema.Text());

    /// <summary>After a change of the records: take the text of the failure's file, and raise <see cref="ComparisonSchema.Version"/> if it was released.</summary>
    [Fact]
    public void Text_OfTheAssembly_IsTheSchemaOfTheRecords()
    {
        var expected = SchemaOfRecords.Text();
        if (expected != ComparisonSchema.Text())
        {
            var file = Path.Combine(AppContext.BaseDirectory, "comparison.schema.json");
            File.WriteAllText(file, expected + "\n");
            Assert.Fail($"the records changed: copy {file} to docs/schema/comparison.schema.json");
        }
    }

    [Fact]
    public async Task WriteAsync_OfARun_FollowsTheSchema()
    {
        var cancellation = TestContext.Current.CancellationToken;
        using var run = await RecordedRun.CreateAsync(cancellation);
        await ReportWriter.WriteAsync(run.Folder, run.Spec, cancellation);

        Valid(await File.ReadAllTextAsync(run.PathOf(RunFiles.Comparison), cancellation));
    }

    [Fact]
    public async Task WriteAsync_OfTwoSweeps_FollowsTheSchema()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var folder = Directory.CreateTempSubdirectory("octet-schema-");
        var sweeps = Path.Combine(AppContext.BaseDirectory, "Data", "h100-sweep");
        var comparison = PairComparer.Compare(
            await ResultReader.ReadAsync(Path.Combine(sweeps, "guidellm_base.json"), cancellation), await ResultReader.ReadAsync(Path.Combine(sweeps, "guidellm_int8.json"), cancellation), Policy.Default);
        await PairReport.WriteAsync(comparison, folder.FullName, cancellation);
        var json = await File.ReadAllTextAsync(Path.Combine(folder.FullName, RunFiles.Comparison), cancellation);
        folder.Delete(recursive: true);

        Valid(json);
    }

    [Theory]
    [InlineData("verdict", "\"MAYBE\"")]
    [InlineData("schema_version", "1")]
    [InlineData("tasks", "null")]
    [InlineData("further", "3")]
    public async Task Schema_ChangedFile_IsInvalid(string member, string value)
    {
        var cancellation = TestContext.Current.CancellationToken;
        using var run = await RecordedRun.CreateAsync(cancellation);
        await ReportWriter.WriteAsync(run.Folder, run.Spec, cancellation);
        var root = JsonNode.Parse(await File.ReadAllTextAsync(run.PathOf(RunFiles.Comparison), cancellation))!;
        root[member] = JsonNode.Parse(value);

        Assert.False(Schema.Evaluate(root.Deserialize<JsonElement>()).IsValid);
    }

    private static void Valid(string json)
    {
        using var document = JsonDocument.Parse(json);
        var result = Schema.Evaluate(document.RootElement, new EvaluationOptions { OutputFormat = OutputFormat.List });
        Assert.True(result.IsValid, string.Join('\n', (result.Details ?? []).Where(detail => detail.Errors is not null).SelectMany(detail => detail.Errors!.Select(error => $"{detail.InstanceLocation}: {error.Value}")).Take(20)));
    }
}
