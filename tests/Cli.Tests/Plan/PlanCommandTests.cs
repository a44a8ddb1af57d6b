using System.Text.Json.Nodes;
using Octet.Contracts.Runs;
using Octet.TestSupport;
using Xunit;

namespace Octet.Cli.Tests.Plan;

public sealed class PlanCommandTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("octet-plan-");

    [Fact]
    public async Task Plan_NothingMeasured_GivesFiguresOnlyWhereTheSpecificationDoes()
    {
        var plan = await PlanAsync("load: { concurrency: [1, 4], seconds: 30, replicates: 3 }\nprice: { per-hour: 6 }");

        Assert.Equal(["load"], Known(plan).Select(stage => stage.Stage));

        // 2 servers x 2 points x 3 replicates of 30 s are 6 minutes, a tenth of an hour.
        Assert.Equal((6.0, 6.0, 0.6), (Known(plan).Single().Minutes, plan["known_minutes"]!.GetValue<double>(), Math.Round(plan["known_cost"]!.GetValue<double>(), 9)));
    }

    [Fact]
    public async Task Plan_GuideLlm_CountsItsStarts()
    {
        var plan = await PlanAsync("load: { backend: python, concurrency: [1], seconds: 30, replicates: 3 }");

        // 6 runs of 30 s, and 6 starts of at most 60 s.
        Assert.Equal(9, Known(plan).Single().Minutes);
        Assert.Contains("GuideLLM 0.8.1 starts in 14 to 60 s", Known(plan).Single().Basis, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Plan_Model8BOnAnH100_BoundsTheEvaluationByMeasuredThroughput()
    {
        WriteModel(8_030_000_000);
        var plan = await PlanAsync($"model: {_folder.FullName}\nevaluate: {{ tasks: [arc_easy, ifeval], concurrency: 40 }}\nload: {{ seconds: 60, replicates: 1, concurrency: [1] }}", "--gpu", "NVIDIA H100 80GB HBM3");

        // 2 models x (2,376 documents x 4 choices + 541 x 10 requests) at 3,034 / 128 requests a second.
        var evaluate = Known(plan).Single(stage => stage.Stage == "evaluate");
        Assert.Equal(2 * ((2376 * 4) + (541 * 10)) / (3034 / 128.0) / 60, evaluate.Minutes, 1e-9);
        Assert.Contains("one H100 80 GB", evaluate.Basis, StringComparison.Ordinal);
        Assert.DoesNotContain("quantize", Known(plan).Select(stage => stage.Stage));
    }

    [Fact]
    public async Task Plan_Model8BOnAnA100_TakesTheRecordedMinutesOfTheRecipe()
    {
        WriteModel(8_030_000_000);
        var plan = await PlanAsync($"model: {_folder.FullName}\nquantize: {{ recipe: smoothquant-gptq, backend: python }}\nevaluate: {{ tasks: [arc_easy] }}", "--gpu", "A100");

        Assert.Equal(30, Known(plan).Single(stage => stage.Stage == "quantize").Minutes);
        Assert.DoesNotContain("evaluate", Known(plan).Select(stage => stage.Stage));
    }

    [Fact]
    public async Task Plan_ModelOfAnotherSize_HasNoDocumentedRate()
    {
        WriteModel(1_000_000_000);
        var plan = await PlanAsync($"model: {_folder.FullName}\nquantize: {{ backend: python }}\nevaluate: {{ tasks: [arc_easy] }}", "--gpu", "A100 H100");

        Assert.Equal(["load"], Known(plan).Select(stage => stage.Stage));
    }

    [Theory]
    [InlineData("[mini_arc]", "1", "1 documents", 1, 4)]
    [InlineData("[mini_arc]", "0.0001", "1 documents", 1, 4)]
    [InlineData("[arc_easy]", "0.5", "not known before the data is there: task arc_easy", 1188, 4)]
    [InlineData("[ifeval]", "7", "not known before the data is there: task ifeval", 7, 10)]
    public async Task Plan_Limit_CountsTheSameDocumentsForPowerAndTime(string tasks, string limit, string power, int documents, int requests)
    {
        WriteModel(8_030_000_000);
        var plan = await PlanAsync($"model: {_folder.FullName}\nevaluate: {{ tasks: {tasks}, limit: {limit}, concurrency: 40 }}", "--gpu", "H100");

        Assert.Contains(power, plan["power"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal(2 * documents * requests / (3034 / 128.0) / 60, Known(plan).Single(stage => stage.Stage == "evaluate").Minutes, 1e-9);
    }

    [Fact]
    public async Task Run_LimitThatIsNeitherCountNorShare_IsRefused()
    {
        var (code, output) = await RunAsync("run", "--limit", "1.5", "--data-root", Path.Combine(_folder.FullName, "nothing"));

        Assert.Equal(ExitCodes.Usage, code);
        Assert.Contains("--limit 1.5 is neither a whole number from 1 nor a share above 0 and below 1", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Doctor_WithASpec_SaysWhatItNeeds()
    {
        var (code, output) = await RunAsync("doctor", "--spec", Spec($"model: {Fixtures.Model("stories260K")}"), "--json");

        Assert.Equal(0, code);
        var checks = output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!).ToDictionary(check => check["check"]!.GetValue<string>());
        var load = new LoadSpec();
        Assert.Contains($"KV cache ({load.Concurrency.Max()} streams of {load.PromptTokens + load.OutputTokens} tokens)", checks["memory"]["found"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.All(["disk", "gpu", "containers", "hub", "hub token", "llm-compressor", "lm-eval", "guidellm"], name => Assert.NotEqual("", checks[name]["found"]!.GetValue<string>()));
    }

    [Fact]
    public async Task Doctor_SpecThatNeedsPythonWhereNoneIs_Fails()
    {
        Environment.SetEnvironmentVariable("OCTET_PYTHON", "/nowhere/python");
        try
        {
            var (code, output) = await RunAsync("doctor", "--spec", Spec($"model: {Fixtures.Model("stories260K")}\nload: {{ backend: python }}"));

            Assert.Equal(11, code);
            Assert.Contains("FAIL guidellm", output, StringComparison.Ordinal);
            Assert.DoesNotContain("FAIL lm-eval", output, StringComparison.Ordinal);
        }
        finally
        {
            Environment.SetEnvironmentVariable("OCTET_PYTHON", null);
        }
    }

    public void Dispose() => _folder.Delete(recursive: true);

    /// <summary>A folder that looks like a BF16 model of so many parameters; its weights are a sparse file.</summary>
    private void WriteModel(long parameters)
    {
        File.WriteAllText(Path.Combine(_folder.FullName, "config.json"), """{"num_attention_heads": 32, "num_key_value_heads": 8, "hidden_size": 4096, "num_hidden_layers": 32, "max_position_embeddings": 131072}""");
        using var weights = File.Create(Path.Combine(_folder.FullName, "model.safetensors"));
        weights.SetLength(parameters * 2);
    }

    private string Spec(string yaml)
    {
        var path = Path.Combine(_folder.FullName, "spec.yaml");
        File.WriteAllText(path, yaml);
        return path;
    }

    private async Task<JsonNode> PlanAsync(string yaml, params string[] flags)
    {
        var (code, output) = await RunAsync(["plan", Spec(yaml), "--json", "--data-root", Path.Combine(_folder.FullName, "nothing"), .. flags]);
        Assert.Equal(0, code);
        return JsonNode.Parse(output)!;
    }

    private static async Task<(int Code, string Output)> RunAsync(params string[] arguments)
    {
        await using var output = new StringWriter();
        await using var error = new StringWriter();
        var code = await CliApp.RunAsync(arguments, output, error);
        return (code, output.ToString() + error);
    }

    private static List<(string Stage, double Minutes, string Basis)> Known(JsonNode plan) =>
        [.. plan["stages"]!.AsArray().Where(stage => stage!["minutes"] is not null).Select(stage => (stage!["stage"]!.GetValue<string>(), stage["minutes"]!.GetValue<double>(), stage["basis"]!.GetValue<string>()))];
}
