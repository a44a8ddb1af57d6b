using System.Text.Json;
using Octet.TestSupport.Telemetry;
using Xunit;

namespace Octet.EndToEnd.Tests.Tracing;

[Collection(WholeRun.Name)]
public sealed class TraceTests(TracedRun traced)
{
    private const string Cli = "octet";
    private const int Server = 2;
    private const int Client = 3;
    private const int Producer = 4;
    private const int Consumer = 5;

    [Fact]
    public void Run_WithCollector_IsOneTraceWhoseEveryParentArrived()
    {
        traced.Result.Ended(0, 1, 2);
        var ids = traced.Spans.Select(span => span.SpanId).ToHashSet(StringComparer.Ordinal);

        Assert.Single(traced.Spans.Select(span => span.TraceId).Distinct());
        Assert.Equal(traced.Spans.Count, ids.Count);
        Assert.Equal("octet run", Assert.Single(traced.Spans, span => span.ParentId.Length == 0).Name);
        Assert.DoesNotContain(traced.Spans, span => span.ParentId.Length > 0 && !ids.Contains(span.ParentId));
        Assert.Equal([Cli, "base-server", "compressed-server"], traced.Spans.Select(span => span.Service).Distinct().Order(StringComparer.Ordinal).OrderBy(name => name != Cli));
    }

    [Theory]
    [InlineData("base-server")]
    [InlineData("compressed-server")]
    public void Run_WithCollector_LeadsFromTheCommandToTheModelServer(string server)
    {
        var answer = traced.Spans.First(span => span.Service == server && span.Name == "POST /v1/completions");
        (string Service, int Kind, string Name)[] expected =
        [
            (server, Server, "POST /v1/completions"),
            (Cli, Client, "POST"),
            (Cli, Server, "POST"),
            (Cli, Client, "POST"),
            (Cli, Consumer, "process "),
            (Cli, Producer, "send "),
            (Cli, Server, "EvaluatorService/Evaluate"),
            (Cli, Client, "EvaluatorService/Evaluate"),
            (Cli, 1, "stage evaluate"),
            (Cli, 1, "run "),
            (Cli, Server, "PipelineService/StartRun"),
            (Cli, Client, "PipelineService/StartRun"),
            (Cli, 1, "octet run"),
        ];
        var chain = Ancestors(answer).Prepend(answer).ToArray();
        Assert.Equal(string.Join('\n', expected.Select(step => $"{step.Service} {step.Kind}")), string.Join('\n', chain.Select(step => $"{step.Service} {step.Kind}")));
        Assert.All(expected.Zip(chain), pair => Assert.Contains(pair.First.Name, pair.Second.Name, StringComparison.Ordinal));
    }

    [Fact]
    public void Run_WithCollector_TracesEveryStageButNoRequestOfTheLoadStage()
    {
        var stages = traced.Spans.Where(span => span.Name.StartsWith("stage ", StringComparison.Ordinal)).Select(span => span.Name["stage ".Length..]);
        var load = Assert.Single(traced.Spans, span => span.Name == "stage load");

        Assert.Equal(["preflight", "quantize", "verify", "serve", "evaluate", "load", "compare"], stages);
        Assert.Contains(traced.Spans, span => span.Kind == Consumer && Ancestors(span).Contains(load));
        Assert.DoesNotContain(traced.Spans, span => span.Name.Contains("completions", StringComparison.Ordinal) && Ancestors(span).Contains(load));
        Assert.True(traced.Others.Metrics > 0);
    }

    [Fact]
    public void Run_WithCollector_LeavesTheTraceIdInManifestAndEvents()
    {
        var id = traced.Spans[0].TraceId;
        using var manifest = JsonDocument.Parse(File.ReadAllText(Path.Combine(traced.RunFolder, "manifest.json")));
        var ids = manifest.RootElement.GetProperty("trace_ids");

        Assert.Equal(["compare", "evaluate", "load", "preflight", "quantize", "serve", "verify"], ids.EnumerateObject().Select(stage => stage.Name));
        Assert.All(ids.EnumerateObject(), stage => Assert.Equal(id, stage.Value.GetString()));
        Assert.Contains(traced.Result.Output, line => line.Contains($"\"traceId\": \"{id}\"", StringComparison.Ordinal));
    }

    private IEnumerable<ReceivedSpan> Ancestors(ReceivedSpan span)
    {
        for (var up = Parent(span); up is not null; up = Parent(up))
        {
            yield return up;
        }
    }

    private ReceivedSpan? Parent(ReceivedSpan span) => traced.Spans.FirstOrDefault(other => other.SpanId == span.ParentId);
}
