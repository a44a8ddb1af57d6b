using Octet.Checkpoints;

namespace Octet.Cli.Parity.Quantizer;

/// <summary>One artefact of llm-compressor beside the model that it was made from.</summary>
/// <param name="Name">Case and kind, for example <c>stories260K/datafree</c>.</param>
/// <param name="ModelDirectory">The original model folder.</param>
/// <param name="Directory">The recorded folder.</param>
internal sealed record RecordedArtifact(string Name, string ModelDirectory, string Directory)
{
    /// <summary>Every folder <c>llm-compressor/CASE/KIND</c> that holds a checkpoint.</summary>
    public static IReadOnlyList<RecordedArtifact> Find(ParityFolders folders)
    {
        var root = Path.Combine(folders.Goldens, "llm-compressor");
        return !System.IO.Directory.Exists(root)
            ? []
            :
            [
                .. from model in System.IO.Directory.GetDirectories(root)
                   from artifact in System.IO.Directory.GetDirectories(model)
                   where File.Exists(Path.Combine(artifact, "config.json"))
                   orderby artifact
                   let name = Path.GetFileName(model)
                   select new RecordedArtifact($"{name}/{Path.GetFileName(artifact)}", Path.Combine(folders.Goldens, "models", name), artifact),
            ];
    }

    public bool IsDataFree => Path.GetFileName(Directory) == "datafree";

    /// <summary>The <c>ignore</c> entries of its recipe, flow or block style.</summary>
    public IReadOnlyList<string> Ignore()
    {
        var lines = File.ReadAllLines(Path.Combine(Directory, "recipe.yaml"));
        var at = Array.FindIndex(lines, line => line.TrimStart().StartsWith("ignore:", StringComparison.Ordinal));
        if (at < 0)
        {
            return [];
        }

        var flow = lines[at][(lines[at].IndexOf(':', StringComparison.Ordinal) + 1)..].Trim();
        var entries = flow.Length > 0
            ? flow.Trim('[', ']').Split(',')
            : lines.Skip(at + 1).Select(line => line.Trim()).TakeWhile(line => line.StartsWith('-')).Select(line => line[1..]);
        return [.. entries.Select(Unquote).Where(entry => entry.Length > 0)];
    }

    /// <summary>A shard size that splits as the recording is split: its largest shard, since each next tensor overflowed even that.</summary>
    public long? MaxShardBytes()
    {
        if (!File.Exists(Path.Combine(Directory, "model.safetensors.index.json")))
        {
            return null;
        }

        using var checkpoint = CheckpointDirectory.Open(Directory);
        return checkpoint.Files.Max(file => file.Tensors.Values.Sum(tensor => tensor.ByteLength));
    }

    /// <summary>False when a recorded scale is NaN or infinite: the tool took damaged weights, which this product refuses.</summary>
    public unsafe bool HasFiniteScales()
    {
        using var checkpoint = CheckpointDirectory.Open(Directory);
        return checkpoint.Tensors.Where(tensor => tensor.Name.EndsWith(".weight_scale", StringComparison.Ordinal))
            .All(tensor => ScaleValues.AreFinite(tensor.DType, checkpoint.Pointer(tensor), tensor.Elements));
    }

    private static string Unquote(string entry)
    {
        var text = entry.Trim();
        return text.Length >= 2 && text[0] == '\'' && text[^1] == '\'' ? text[1..^1].Replace("''", "'", StringComparison.Ordinal) : text.Trim('"');
    }
}
