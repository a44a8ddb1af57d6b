using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Octet.Contracts.Jobs;
using Xunit;

namespace Octet.Contracts.Tests.Jobs;

/// <summary>Job messages against the file that the Python workers' tests read too: every member has a value there.</summary>
public sealed class JobMessageTests
{
    private static readonly JsonObject Recorded = JsonNode.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Data", "contracts.json")))!.AsObject();

    public static TheoryData<string> Names => [.. Recorded.Select(message => message.Key)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Serialize_MessageWithEveryMember_IsTheOneThatPythonReads(string name)
    {
        var type = OctetJson.Default.GetTypeInfo(typeof(QuantizeJob).Assembly.GetType($"Octet.Contracts.Jobs.{name}", throwOnError: true)!)!;

        var again = JsonSerializer.SerializeToNode(Recorded[name].Deserialize(type), type)!.AsObject();

        Assert.Equal(Recorded[name]!.AsObject().Select(member => member.Key).Order(StringComparer.Ordinal), Members(type).Order(StringComparer.Ordinal));
        Assert.True(JsonNode.DeepEquals(Recorded[name], again), again.ToJsonString());
        Assert.DoesNotContain(again, member => member.Value is null);
    }

    private static IEnumerable<string> Members(JsonTypeInfo type) => type.Properties.Select(property => property.Name);
}
