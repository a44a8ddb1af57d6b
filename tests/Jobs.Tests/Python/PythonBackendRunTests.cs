using System.Text.Json;
using System.Text.Json.Nodes;
using Octet.Contracts;
using Octet.Contracts.Results;
using Octet.Contracts.Runs;
using Xunit;

namespace Octet.Jobs.Tests.Python;

/// <summary>Whole runs whose work is done by the three Python workers, with stand-ins of the tools that ask the real servers.</summary>
public sealed class PythonBackendRunTests : IDisposable
{
    /// <summary>GO, NO-GO and INCONCLUSIVE: the run came to a verdict. Six documents and half a second decide nothing in particular.</summary>
    private static readonly int[] Verdicts = [0, 1, 2];

    private static readonly string[] JsonFiles = [RunFiles.Preflight, RunFiles.Artifact, RunFiles.Serving, RunFiles.Load, RunFiles.Results(Variants.Base), RunFiles.Comparison, RunFiles.Manifest];

    private readonly PythonRun _run = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Run_BackendPython_EndsWithAVerdictAndTheFilesOfANativeRun()
    {
        PythonProcess.SkipWhenMissing();
        await using var native = _run.Start("native", "run", "--spec", _run.SpecPath, "--backend", "native");
        Assert.Contains(await native.EndAsync(Token), Verdicts);
        await using var python = _run.Start("python", "run", "--spec", _run.SpecPath, "--backend", "python");
        var code = await python.EndAsync(Token);

        Assert.True(Verdicts.Contains(code), python.Output);
        Assert.Contains("quantize by llm-compressor 0.14.0.1, evaluate by lm-eval 0.4.13, load by guidellm 0.8.1", python.Output, StringComparison.Ordinal);
        var (expected, made) = (_run.RunFolder("native"), _run.RunFolder("python"));
        Assert.Equal(Names(expected), Names(made).Except(["lm-eval"]));
        Assert.All(JsonFiles, file => Assert.Equal(Members(expected, file), Members(made, file)));
        Assert.Equal(["/peak_gpu_memory_bytes"], Members(made, RunFiles.Quantize).Except(Members(expected, RunFiles.Quantize)));
        Assert.Equal(["llm-compressor", "lm-eval", "guidellm"], [Read<QuantizeReport>(made, RunFiles.Quantize).Backend, Read<EvaluationReport>(made, RunFiles.Results("base")).Backend, Read<LoadReport>(made, RunFiles.Load).Backend]);
        Assert.Equal("0.4.13", Read<PreflightReport>(made, RunFiles.Preflight).Backends["evaluate"].Versions["lm_eval"]);

        // What LLM Compressor recorded for this model, and what the native quantizer made of it here.
        Assert.Equal(_run.Artefact("native"), _run.Artefact("python"));
        await AssertDocumentsAsync(expected, made);
        Assert.Empty(Directory.GetDirectories(Path.Combine(_run.Root("python"), "queue")));
    }

    public void Dispose() => _run.Dispose();

    /// <summary>The same documents in the same order, with lm-eval's hashes; and scores of the same model, so the same choices.</summary>
    private static async Task AssertDocumentsAsync(string expected, string made)
    {
        var theirs = await SamplesAsync(expected);
        var ours = await SamplesAsync(made);
        Assert.Equal(theirs.Where(row => row.Choice >= 0).Select(row => (row.Task, row.DocId, row.Gold)), ours.Where(row => row.Choice >= 0).Select(row => (row.Task, row.DocId, row.Gold)));
        Assert.Equal(theirs.Where(row => row.Choice >= 0).Select(row => (row.Task, row.DocHash, row.PromptHash)), ours.Where(row => row.Choice >= 0).Select(row => (row.Task, row.DocHash, row.PromptHash)));
        Assert.Equal(theirs.Where(row => row.Choice >= 0).Select(row => (row.Choice, row.ChoiceNorm)), ours.Where(row => row.Choice >= 0).Select(row => (row.Choice, row.ChoiceNorm)));
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
            else if (node is JsonObject members && !(path.EndsWith("versions", StringComparison.Ordinal) || path is "/files" or "/servers[]/configuration"))
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
