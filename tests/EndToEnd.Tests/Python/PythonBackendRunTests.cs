using System.Text.Json;
using System.Text.Json.Nodes;
using Octet.Contracts;
using Octet.Contracts.Results;
using Octet.Contracts.Runs;
using Octet.TestSupport.Queues;
using StackExchange.Redis;
using Xunit;

namespace Octet.EndToEnd.Tests.Python;

/// <summary>Whole runs whose work is done by the three Python workers, with stand-ins of the tools that ask the real servers.</summary>
public sealed class PythonBackendRunTests : IDisposable
{
    private static readonly string[] JsonFiles = [RunFiles.Preflight, RunFiles.Artifact, RunFiles.Serving, RunFiles.Load, RunFiles.Results(Variants.Base), RunFiles.Comparison, RunFiles.Manifest];

    /// <summary>Objects whose members are data: tools, metrics of a task, files, settings.</summary>
    private static readonly string[] DataMaps = ["versions", "/metrics", "/standard_errors", "/files", "/configuration", "/metrics_before", "/metrics_after", "/interval"];

    private readonly PythonRun _run = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Run_BackendPython_EndsWithAVerdictAndTheFilesOfANativeRun()
    {
        PythonPackages.SkipWhenMissing();
        await using var native = _run.Start("native", "run", "--spec", _run.SpecPath, "--backend", "native");
        await AssertVerdictAsync(native);
        await using var python = _run.Start("python", "run", "--spec", _run.SpecPath, "--backend", "python");

        await AssertVerdictAsync(python);
        Assert.Contains("quantize by llm-compressor 0.14.0.1, evaluate by lm-eval 0.4.13, load by guidellm 0.8.1", python.Output, StringComparison.Ordinal);
        var (expected, made) = (_run.RunFolder("native"), _run.RunFolder("python"));
        Assert.Equal(Names(expected), Names(made));
        Assert.All(JsonFiles, file => Assert.Equal(Members(expected, file), Members(made, file)));
        Assert.Equal(["/peak_gpu_memory_bytes"], Members(made, RunFiles.Quantize).Except(Members(expected, RunFiles.Quantize)));
        Assert.Equal(["llm-compressor", "lm-eval", "guidellm"], [Read<QuantizeReport>(made, RunFiles.Quantize).Backend, Read<EvaluationReport>(made, RunFiles.Results("base")).Backend, Read<LoadReport>(made, RunFiles.Load).Backend]);
        Assert.Equal("0.4.13", Read<PreflightReport>(made, RunFiles.Preflight).Backends["evaluate"].Versions["lm_eval"]);

        // What LLM Compressor recorded for this model, and what the native quantizer made of it here.
        Assert.Equal(_run.Artefact("native"), _run.Artefact("python"));
        await AssertDocumentsAsync(expected, made);
        Assert.Empty(Directory.GetDirectories(_run.Root("python"), "queue*").SelectMany(Directory.GetDirectories));
    }

    [Fact]
    public async Task Run_WorkerKilledInTheMiddleOfEveryStage_IsStartedAgainAndTheRunEndsWithAVerdict()
    {
        PythonPackages.SkipWhenMissing();
        _run.Environment["OCTET_STANDIN_KILL_ONCE"] = _run.Root("killed");
        await using var octet = _run.Start("killed", "run", "--spec", _run.SpecPath, "--backend", "python");

        await AssertVerdictAsync(octet);
        Assert.All(["llm-compressor", "lm-eval", "guidellm"], tool => Assert.Contains($"the {tool} worker ended with code 137 and is started again", octet.Output, StringComparison.Ordinal));
        Assert.Equal(["guidellm", "lm_eval", "oneshot"], Directory.GetFiles(_run.Root("killed"), "*.killed").Select(Path.GetFileNameWithoutExtension).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Run_BackendAutoOnAQueueWithWorkers_TakesThemAndSaysSo()
    {
        PythonPackages.SkipWhenMissing();
        Assert.SkipWhen(QueueServer.Missing("redis") is not null, QueueServer.Missing("redis") ?? "");
        await using var redis = await RedisOnLoopback.StartAsync(Token);
        var password = Path.Combine(_run.Root("."), "password");
        await File.WriteAllTextAsync(password, redis.Password + "\n", Token);
        _run.Environment["OCTET_QUEUE_PASSWORD_FILE"] = password;
        _run.Environment["OCTET_API_KEY"] = "key-of-both-sides";
        using var lmEval = _run.StartWorker("evaluate", "octet_evaluate", $"{redis.Place},password={redis.Password}", "shared");
        await using (var connection = await ConnectionMultiplexer.ConnectAsync($"{redis.Place},password={redis.Password}"))
        {
            while (await connection.GetDatabase().SetLengthAsync("octet:workers:evaluate:lm-eval") == 0)
            {
                await Task.Yield();
            }
        }

        await using var octet = _run.Start("shared", "run", "--spec", _run.SpecPath, "--backend", "auto", "--queue", redis.Place);

        await AssertVerdictAsync(octet);
        Assert.Contains("quantize by native, evaluate by lm-eval 0.4.13, load by native", octet.Output, StringComparison.Ordinal);
        lmEval.StandardInput.Close();
        await lmEval.WaitForExitAsync(Token);
        Assert.Equal(0, lmEval.ExitCode);

        await using var python = _run.Start("shared", "run", "--spec", _run.SpecPath, "--backend", "python", "--queue", redis.Place);
        Assert.Equal((int)FailureKind.BackendUnavailable, await python.EndAsync(Token));
        Assert.Contains("octet: quantize.backend 'llm-compressor': no such worker is connected to the queue; start one with", python.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(redis.Password, python.Output + octet.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_WhatPythonNeedsIsMissing_SaysItInOneLine()
    {
        _run.Environment["OCTET_PYTHON"] = "/nowhere/python";
        await AssertFailsAsync("OCTET_PYTHON '/nowhere/python' is not there", FailureKind.BackendUnavailable, "--backend", "python");
        await AssertFailsAsync("set OCTET_API_KEY to the same value here and there", FailureKind.Usage, "--queue", "127.0.0.1:1");
        _run.Environment["OCTET_API_KEY"] = "key-of-both-sides";
        await AssertFailsAsync("the queue at 127.0.0.1:1 does not answer", FailureKind.BackendUnavailable, "--queue", "127.0.0.1:1");
        await AssertFailsAsync("--queue 'redis://x' is not HOST:PORT", FailureKind.Usage, "--queue", "redis://x");
    }

    public void Dispose() => _run.Dispose();

    /// <summary>GO, NO-GO or INCONCLUSIVE: three documents and half a second decide nothing in particular.</summary>
    private static async Task AssertVerdictAsync(OctetCommand octet)
    {
        var code = await octet.EndAsync(Token);
        Assert.True(code is 0 or 1 or 2 && octet.Output.Contains("\nverdict ", StringComparison.Ordinal), octet.Output);
    }

    private async Task AssertFailsAsync(string message, FailureKind kind, params string[] arguments)
    {
        await using var octet = _run.Start("fails", ["run", "--spec", _run.SpecPath, .. arguments]);
        Assert.Equal((int)kind, await octet.EndAsync(Token));
        Assert.Contains(message, Assert.Single(octet.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)), StringComparison.Ordinal);
    }

    /// <summary>The same documents with lm-eval's hashes, and, as the model is the same, the same choices. A limit takes more of MMLU natively: it counts by subject there.</summary>
    private static async Task AssertDocumentsAsync(string expected, string made)
    {
        var native = (await SamplesAsync(expected)).Where(row => row.Choice >= 0).ToDictionary(row => (row.Task, row.DocId));
        var python = (await SamplesAsync(made)).Where(row => row.Choice >= 0).ToList();
        Assert.Equal(["mini_arc", "mini_hellaswag", "mini_mmlu"], python.Select(row => row.Task).Distinct().Order(StringComparer.Ordinal));
        Assert.All(python, row =>
        {
            var twin = native[(row.Task, row.DocId)];
            Assert.Equal((twin.Gold, twin.DocHash, twin.PromptHash), (row.Gold, row.DocHash, row.PromptHash));
            Assert.Equal((twin.Choice, twin.ChoiceNorm), (row.Choice, row.ChoiceNorm));
        });
    }

    private static async Task<IReadOnlyList<SampleRow>> SamplesAsync(string folder)
    {
        await using var stream = File.OpenRead(Path.Combine(folder, RunFiles.Samples(Variants.Base)));
        return await SampleParquet.ReadAsync(stream, Token);
    }

    private static IEnumerable<string> Names(string folder) => new DirectoryInfo(folder).EnumerateFileSystemInfos().Select(entry => entry.Name).Order(StringComparer.Ordinal);

    /// <summary>Every member's path; of lists the first entry's, and none below maps whose keys are data.</summary>
    private static List<string> Members(string folder, string file)
    {
        var found = new List<string>();
        Walk(JsonNode.Parse(File.ReadAllText(Path.Combine(folder, file))), "");
        found.Sort(StringComparer.Ordinal);
        return found;

        void Walk(JsonNode? node, string path)
        {
            if (node is JsonArray { Count: > 0 } list)
            {
                Walk(list[0], path + "[]");
            }
            else if (node is JsonObject members && !DataMaps.Any(name => path.EndsWith(name, StringComparison.Ordinal)))
            {
                foreach (var (name, value) in members)
                {
                    found.Add($"{path}/{name}");
                    Walk(value, $"{path}/{name}");
                }
            }
        }
    }

    private static T Read<T>(string folder, string name) => (T)JsonSerializer.Deserialize(File.ReadAllText(Path.Combine(folder, name)), typeof(T), OctetJson.Default)!;
}
