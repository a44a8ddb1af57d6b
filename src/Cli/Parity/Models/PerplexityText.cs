using System.Text.Json;
using Octet.Inference;
using Octet.Inference.Kernels;
using Octet.Inference.Sampling;

namespace Octet.Cli.Parity.Models;

/// <summary>Sequences with recorded sums of negative log-likelihoods: <c>models/CASE/expected/perplexity.json</c>.</summary>
internal sealed class PerplexityText
{
    private readonly List<(string Kind, int[] Ids, double Nll)> _sequences;

    private PerplexityText(string name, string modelDirectory, List<(string Kind, int[] Ids, double Nll)> sequences)
    {
        Name = name;
        ModelDirectory = modelDirectory;
        _sequences = sequences;
    }

    public string Name { get; }

    public string ModelDirectory { get; }

    /// <summary>Recorded perplexity of the unquantized model by kind of text, FP64.</summary>
    public IReadOnlyDictionary<string, double> Recorded => ByKind(_sequences.Select(sequence => sequence.Nll));

    /// <summary>Models that have such a recording.</summary>
    public static IEnumerable<string> Paths(ParityFolders folders) =>
        from model in RecordedCase.Folders(Path.Combine(folders.Goldens, "models"))
        let path = Path.Combine(model, "expected", "perplexity.json")
        where File.Exists(path)
        select path;

    public static PerplexityText Read(string path)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(path));
        var model = Path.GetDirectoryName(Path.GetDirectoryName(path))!;
        return new PerplexityText(Path.GetFileName(model), model, [.. document.RootElement.GetProperty("sequences").EnumerateArray().Select(Sequence)]);
    }

    /// <summary>Perplexity by kind of text of a checkpoint with FP32 between its operations.</summary>
    /// <param name="directory">The model itself or an artefact of it.</param>
    /// <param name="kernels">Instruction set.</param>
    public IReadOnlyDictionary<string, double> Measure(string directory, KernelSet kernels)
    {
        using var session = ForwardSession.Open(directory, ComputeDtype.Float32, eager: false, kernels, _sequences.Max(sequence => sequence.Ids.Length));
        return ByKind([.. _sequences.Select(sequence => Nll(sequence.Ids, session.Logits(sequence.Ids)))]);
    }

    private Dictionary<string, double> ByKind(IEnumerable<double> nlls) => _sequences.Zip(nlls)
        .GroupBy(pair => pair.First.Kind)
        .ToDictionary(group => group.Key, group => Math.Exp(group.Sum(pair => pair.Second) / group.Sum(pair => pair.First.Ids.Length - 1)));

    private static double Nll(int[] ids, float[][] logits) =>
        Enumerable.Range(0, ids.Length - 1).Sum(position => LogProbabilities.LogSumExp(logits[position]) - logits[position][ids[position + 1]]);

    private static (string Kind, int[] Ids, double Nll) Sequence(JsonElement json)
    {
        int[] ids = [.. json.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32())];
        return json.GetProperty("predicted_tokens").GetInt32() == ids.Length - 1
            ? (json.GetProperty("kind").GetString()!, ids, json.GetProperty("nll_sum_fp64").GetDouble())
            : throw new InvalidDataException("a sequence that is not scored in one window");
    }
}
