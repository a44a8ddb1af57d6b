using System.Net;
using System.Text.Json;
using Octet.EndToEnd.Tests.Processes;
using Xunit;

namespace Octet.EndToEnd.Tests.Commands;

public sealed class ServedModelTests
{
    private const string Name = "tiny";

    [Fact]
    public async Task ServeEvalBench_SmallModel_EachWorksAlone()
    {
        using var workspace = new Workspace();
        await using var server = OctetProcess.Start(workspace, "serve", Workspace.Model, "--port", "0", "--served-model-name", Name);
        var ready = JsonDocument.Parse(await server.LineAsync(line => line.Contains("\"ready\"", StringComparison.Ordinal))).RootElement;
        var endpoint = ready.GetProperty("url").GetString() + "/v1";
        string[] target = ["--endpoint", endpoint, "--model", Name, "--tokenizer", Workspace.Model, "--output", "results", "--json"];

        var eval = await OctetProcess.RunAsync(workspace, ["eval", .. target, "--tasks", "mini_mmlu,mini_arc", "--datasets", workspace.Tasks]);
        var bench = await OctetProcess.RunAsync(workspace, ["bench", .. target, "--concurrency", "1,2", "--seconds", "0.2", "--replicates", "1", "--prompt-tokens", "16", "--output-tokens", "4"]);

        Assert.Equal(2, JsonDocument.Parse(Assert.Single(eval.Ended(0).Output)).RootElement.GetProperty("tasks").GetArrayLength());
        Assert.True(JsonDocument.Parse(Assert.Single(bench.Ended(0).Output)).RootElement.GetProperty("points").GetArrayLength() >= 2);
    }

    [Fact]
    public async Task Serve_WithAKey_RefusesRequestsWithoutIt()
    {
        using var workspace = new Workspace();
        workspace.Environment["OCTET_API_KEY"] = "a secret";
        await using var server = OctetProcess.Start(workspace, "serve", Workspace.Model, "--port", "0");
        var ready = JsonDocument.Parse(await server.LineAsync(line => line.Contains("\"ready\"", StringComparison.Ordinal))).RootElement;
        using var http = new HttpClient();

        using var refused = await http.GetAsync(new Uri(ready.GetProperty("url").GetString() + "/v1/models"), TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        Assert.DoesNotContain(server.Output.Concat(server.Errors), line => line.Contains("a secret", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("http://127.0.0.1:1/v1", 7)]
    [InlineData("127.0.0.1:8000", 4)]
    public async Task Eval_NoServerThere_SaysItInOneLine(string endpoint, int code)
    {
        using var workspace = new Workspace();

        var line = (await OctetProcess.RunAsync(workspace, "eval", "--endpoint", endpoint, "--model", Name, "--tokenizer", Workspace.Model, "--tasks", "mini_arc")).OneLine(code);

        Assert.Contains(endpoint, line, StringComparison.Ordinal);
    }
}
