using System.Text.Json;
using Octet.Contracts.Runs;
using Xunit;

namespace Octet.Contracts.Tests.Runs;

public sealed class RunSpecYamlTests
{
    private const string Full = """
        model: models/tiny # a folder
        quantize: {scheme: W8A8, ignore: [lm_head, "re:.*gate"], backend: native}
        serve:
          max-num-seqs: 8
          enable-prefix-caching: false
          gpu-memory-utilization: 0.5
          max-model-len: 512
        evaluate:
          tasks: [mini_arc]
          limit: 10
          apply-chat-template: true
        load:
          concurrency: [1, 2]
          seconds: 0.25
        slo:
          ttft-ms: 200
          max-error-rate: 0
        policy:
          alpha: 0.01
          gates:
            - {name: all, metric: mean-accuracy, importance: critical, margin: 1.5}
            - {name: speed, metric: inter-token-latency, importance: advisory, threshold: 1.1}
        price: {per-hour: 2.5, currency: EUR}
        """;

    [Theory]
    [InlineData("")]
    [InlineData("# nothing\n")]
    [InlineData("{}")]
    [InlineData("quantize:\nload: ~\n")]
    public void Parse_NothingGiven_GivesTheDefaults(string text) => Assert.Equal(Json(new RunSpec()), Json(RunSpecYaml.Parse(text, "a.yaml")));

    [Fact]
    public void Parse_EverySection_ReadsItsValues()
    {
        var spec = RunSpecYaml.Parse(Full, "a.yaml");

        Assert.Equal("models/tiny", spec.Model);
        Assert.Equal(["lm_head", "re:.*gate"], spec.Quantize.Ignore);
        Assert.Equal((8, false, 0.5, 512), (spec.Serve.MaxNumSeqs, spec.Serve.EnablePrefixCaching, spec.Serve.GpuMemoryUtilization, spec.Serve.MaxModelLen));
        Assert.Equal((10, true), (spec.Evaluate.Limit, spec.Evaluate.ApplyChatTemplate));
        Assert.Equal([1, 2], spec.Load.Concurrency);
        Assert.Equal((200, 0), (spec.Slo.TtftMs, spec.Slo.MaxErrorRate));
        Assert.Equal((0.01, 2), (spec.Policy.Alpha, spec.Policy.Gates.Count));
        Assert.Equal((GateMetric.InterTokenLatency, GateImportance.Advisory, 1.1), (spec.Policy.Gates[1].Metric, spec.Policy.Gates[1].Importance, spec.Policy.Gates[1].Threshold));
        Assert.Equal(new PriceSpec { PerHour = 2.5, Currency = "EUR" }, spec.Price);
    }

    [Fact]
    public void Parse_SettingsOfThePrompts_AreReadAndWrittenAgain()
    {
        const string text = """
            evaluate:
              tasks: [animals]
              num-fewshot: 3
              limit: 0.25
              system-instruction: |-
                You are careful: think.
                # Then answer.
              fewshot-as-multiturn: false
              fewshot-seed: 7
              datasets: data
              task-folder: tasks
              divergence: {prompts: mine.jsonl, max-tokens: 8}
            """;

        var spec = RunSpecYaml.Parse(text, "a.yaml");

        Assert.Equal((3, 0.25, false, 7), (spec.Evaluate.NumFewshot, spec.Evaluate.Limit, spec.Evaluate.FewshotAsMultiturn, spec.Evaluate.FewshotSeed));
        Assert.Equal(("You are careful: think.\n# Then answer.", "tasks"), (spec.Evaluate.SystemInstruction, spec.Evaluate.TaskFolder));
        Assert.Equal(new DivergenceSpec { Prompts = "mine.jsonl", MaxTokens = 8 }, spec.Evaluate.Divergence);
        Assert.Equal(Json(spec), Json(RunSpecYaml.Parse(RunSpecYaml.Write(spec), "b.yaml")));
    }

    [Theory]
    [InlineData("evaluate: {}", null)]
    [InlineData("evaluate: {apply-chat-template: ~}", null)]
    [InlineData("evaluate: {apply-chat-template: true}", true)]
    [InlineData("evaluate: {apply-chat-template: false}", false)]
    public void Parse_ChatTemplate_HasThreeStatesAndKeepsThem(string text, bool? expected)
    {
        var spec = RunSpecYaml.Parse(text, "a.yaml");

        Assert.Equal(expected, spec.Evaluate.ApplyChatTemplate);
        Assert.Equal(expected, RunSpecYaml.Parse(RunSpecYaml.Write(spec), "b.yaml").Evaluate.ApplyChatTemplate);
    }

    [Fact]
    public void Parse_Distributions_AreKeptAndWrittenBack()
    {
        var spec = RunSpecYaml.Parse("load:\n  prompt-tokens: normal:100,20,min=10,max=200\n  output-tokens: empirical:8,64", "a.yaml");

        Assert.Equal((200, "normal:100,20,min=10,max=200", 64, "empirical:8,64", "native"), (spec.Load.PromptTokens, spec.Load.PromptLengths, spec.Load.OutputTokens, spec.Load.OutputLengths, spec.Load.Backend));
        Assert.Equal(Json(spec), Json(RunSpecYaml.Parse(RunSpecYaml.Write(spec), "b.yaml")));
    }

    [Theory]
    [InlineData("serve:\n  max-num-seq: 3", "a.yaml:2:3: unknown key 'serve.max-num-seq'; did you mean 'max-num-seqs'?")]
    [InlineData("Model: x", "a.yaml:1:1: unknown key 'Model'; did you mean 'model'?")]
    [InlineData("zebra: x", "a.yaml:1:1: unknown key 'zebra'")]
    [InlineData("load:\n  seconds: soon", "a.yaml:2:12: load.seconds: expected a number above 0 to 86400, not 'soon'")]
    [InlineData("load:\n  seconds: .inf", "a.yaml:2:12: load.seconds: expected a number above 0 to 86400, not '.inf'")]
    [InlineData("evaluate: {limit: 1.5}", "a.yaml:1:19: evaluate.limit: expected a whole number from 1 to 10000000, or a share above 0 and below 1, not '1.5'")]
    [InlineData("evaluate: {limit: \"5\"}", "a.yaml:1:19: evaluate.limit: expected a whole number from 1 to 10000000, or a share above 0 and below 1, not '5'")]
    [InlineData("evaluate: {limit: 0}", "a.yaml:1:19: evaluate.limit: expected a whole number from 1 to 10000000, or a share above 0 and below 1, not '0'")]
    [InlineData("evaluate: {limit: nan}", "a.yaml:1:19: evaluate.limit: expected a whole number from 1 to 10000000, or a share above 0 and below 1, not 'nan'")]
    [InlineData("evaluate: {system-instruction: \"a\\tb\"}", "a.yaml:1:32: evaluate.system-instruction: expected a text of 1 to 4096 characters")]
    [InlineData("evaluate: {divergence: {window: 64}}", "a.yaml:1:24: evaluate.divergence.text: expected either a text file or a JSONL file under 'prompts'")]
    [InlineData("evaluate: {divergence: {prompts: b, text: a}}", "a.yaml:1:43: evaluate.divergence.text: expected either a text file or a JSONL file under 'prompts'")]
    [InlineData("evaluate: {divergence: {text: a}}\nserve: {twins: alternate, backend: endpoint, base-endpoint: 'http://a/v1', compressed-endpoint: 'http://b/v1'}", "a.yaml:1:11: evaluate: divergence asks both servers about the same tokens: it needs serve.twins 'together'")]
    [InlineData("serve: {enable-prefix-caching: yes}", "a.yaml:1:32: serve.enable-prefix-caching: expected true or false")]
    [InlineData("quantize: {backend: natve}", "a.yaml:1:21: quantize.backend: 'natve' is not one of auto, native, python; did you mean 'native'?")]
    [InlineData("quantize: W8A8", "a.yaml:1:11: quantize: expected 'name: value' lines below it")]
    [InlineData("load:\n  concurrency: 4", "a.yaml:2:16: load.concurrency: expected a list, like [a, b]")]
    [InlineData("load:\n  concurrency: [4, 1]", "a.yaml:2:16: load.concurrency: expected at least one number of streams, rising, like [1, 4, 16]")]
    [InlineData("load: {prompt-tokens: many}", "a.yaml:1:23: load.prompt-tokens: expected a whole number from 1 to 1048576, not 'many'")]
    [InlineData("load: {prompt-tokens: 'normal:50,10'}", "a.yaml:1:23: load.prompt-tokens: the distribution 'normal:50,10': it has no upper bound: add ,max=B, so that every request fits into the model's context")]
    [InlineData("load: {output-tokens: 'uniform:5,9', backend: python}", "a.yaml:1:47: load.backend: GuideLLM gets fixed lengths here: use backend: native for distributions of lengths")]
    [InlineData("model: &a x", "a.yaml:1:8: anchor '&a' is not allowed: write the value where it is used")]
    [InlineData("model: *a", "a.yaml:1:8: aliases ('*...') are not allowed: write the value out")]
    [InlineData("model: !!str x", "a.yaml:1:8: tags ('!...') are not allowed")]
    [InlineData("model: x\nmodel: y", "a.yaml:2:1: 'model' is given twice, first on line 1")]
    [InlineData("? [a]\n: b", "a.yaml:1:3: a key must be a name")]
    [InlineData("- a", "a.yaml:1:1: expected 'name: value' lines at the top level")]
    [InlineData("model: x\n---\nmodel: y", "a.yaml:2:1: a second document: one file holds one")]
    [InlineData("price: {currency: USD}", "a.yaml:1:8: price.per-hour: missing: a price needs it")]
    [InlineData("serve: {twins: alternate}", "a.yaml:1:16: serve.twins: 'alternate' is for vLLM servers that already run: it needs backend 'endpoint'")]
    [InlineData("serve: {base-server: 'http://host:8000/v1'}", "a.yaml:1:22: serve.base-server: expected the http or https address of a vLLM server without path and user name, like http://127.0.0.1:8000")]
    [InlineData("serve: {base-endpoint: 'http://me:secret@host/v1'}", "a.yaml:1:24: serve.base-endpoint: expected an http or https address without user name, like http://127.0.0.1:8000/v1")]
    public void Parse_OneError_NamesPlaceAndCure(string text, string expected) => Assert.Equal(expected, Refused(text).Message);

    [Fact]
    public void Parse_SeveralErrors_ReportsAllInOrderOfLines()
    {
        var message = Refused("zebra: 1\nload:\n  seconds: -1\n  replicates: 0\nserve: {threads: many}\n").Message;

        Assert.Equal(
            ["a.yaml has 4 errors:", "  a.yaml:1:1:", "  a.yaml:3:12:", "  a.yaml:4:15:", "  a.yaml:5:18:"],
            message.Split('\n').Select(line => line.StartsWith("  ", StringComparison.Ordinal) ? line[..(line.IndexOf(": ", StringComparison.Ordinal) + 1)] : line));
    }

    [Fact]
    public void Parse_PlannedLooks_AreReadAndWritten()
    {
        var spec = RunSpecYaml.Parse("look: 2\npolicy: {looks: 3}\n", "a.yaml");

        Assert.Equal((2, 3), (spec.Look, spec.Policy.Looks));
        Assert.Equal((2, 3), (RunSpecYaml.Parse(RunSpecYaml.Write(spec), "b.yaml").Look, RunSpecYaml.Parse(RunSpecYaml.Write(spec), "b.yaml").Policy.Looks));
        Assert.NotEqual(PolicyHash.Of(Policy.Default), PolicyHash.Of(spec.Policy));
    }

    [Theory]
    [InlineData("look: 2\n", "a.yaml:1:7: look: look 2 is beyond the 1 that the policy plans (policy.looks)")]
    [InlineData("look: 4\npolicy: {looks: 3}\n", "a.yaml:1:7: look: look 4 is beyond the 3 that the policy plans (policy.looks)")]
    public void Parse_LookBeyondThePlan_IsRefused(string yaml, string message) => Assert.Equal(message, Refused(yaml).Message);

    [Fact]
    public void Parse_BrokenSyntax_NamesThePlace() => Assert.StartsWith("a.yaml:2:14: not YAML: ", Refused("model: x\nload: \"open\" x").Message, StringComparison.Ordinal);

    [Fact]
    public void Parse_TooLongOrTooDeep_IsRefused()
    {
        Assert.Contains("more than the", Refused(new string('#', 70_000)).Message, StringComparison.Ordinal);
        Assert.Contains("nested deeper", Refused("model: " + new string('[', 5000)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("models/a b")]
    [InlineData("null")]
    [InlineData("~")]
    [InlineData("- x: [y] #z")]
    [InlineData("C:\\models\\\"q\"'s")]
    [InlineData("模型/é")]
    [InlineData(" padded ")]
    [InlineData("12")]
    public void Write_AnyModelName_ParsesBack(string model)
    {
        var spec = RunSpecYaml.Parse(Full, "a.yaml") with { Model = model };

        Assert.Equal(Json(spec), Json(RunSpecYaml.Parse(RunSpecYaml.Write(spec), "b.yaml")));
    }

    [Fact]
    public void Write_Defaults_ParsesBack() => Assert.Equal(Json(new RunSpec()), Json(RunSpecYaml.Parse(RunSpecYaml.Write(new RunSpec()), "b.yaml")));

    [Fact]
    public async Task LoadAsync_MissingFile_IsAUsageError()
    {
        var missing = Path.Combine(AppContext.BaseDirectory, "missing.yaml");
        var error = await Assert.ThrowsAsync<OctetException>(() => RunSpecYaml.LoadAsync(missing, TestContext.Current.CancellationToken));

        Assert.Equal(FailureKind.Usage, error.Kind);
        Assert.Contains("missing.yaml", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_RandomMutations_NeverThrowAnythingButUsage()
    {
        const string Alphabet = "abz019 \t\n\r:-?,[]{}#&*!|>'\"%@`\\~.<=\0\u0001\u0085\u2028\ud800\udc00é\uFEFFxuU";
        var random = new Random(20261124);
        for (var round = 0; round < 3000; round++)
        {
            var text = Full.ToList();
            for (var edits = random.Next(1, 12); edits > 0; edits--)
            {
                Mutate(text, random, Alphabet);
            }

            AssertOnlyUsage(new string([.. text]));
        }
    }

    private static void Mutate(List<char> text, Random random, string alphabet)
    {
        var at = random.Next(text.Count);
        var length = Math.Min(text.Count - at, random.Next(1, 20));
        switch (random.Next(4))
        {
            case 0:
                text[at] = alphabet[random.Next(alphabet.Length)];
                break;
            case 1:
                text.Insert(at, alphabet[random.Next(alphabet.Length)]);
                break;
            case 2 when text.Count > 100:
                text.RemoveRange(at, length);
                break;
            default:
                text.InsertRange(random.Next(text.Count), text.GetRange(at, length));
                break;
        }
    }

    private static void AssertOnlyUsage(string text)
    {
        try
        {
            RunSpecYaml.Parse(text, "fuzz.yaml");
        }
        catch (OctetException error)
        {
            Assert.Equal(FailureKind.Usage, error.Kind);
            Assert.StartsWith("fuzz.yaml", error.Message, StringComparison.Ordinal);
        }
        catch (Exception error)
        {
            Assert.Fail($"{error.GetType()}: {error.Message} for {JsonSerializer.Serialize(text)}");
        }
    }

    private static OctetException Refused(string text)
    {
        var error = Assert.Throws<OctetException>(() => RunSpecYaml.Parse(text, "a.yaml"));
        Assert.Equal(FailureKind.Usage, error.Kind);
        return error;
    }

    private static string Json(RunSpec spec) => JsonSerializer.Serialize(spec, OctetJson.Default.RunSpec);
}
