using System.Globalization;
using System.Text;

namespace Octet.Checkpoints.SafeTensors;

/// <summary>Which tensors go to which file, as transformers splits them: in the model's own order, a new file whenever the next tensor
/// does not fit.</summary>
public sealed class ShardPlan
{
    /// <summary>Default of <c>save_pretrained</c>: 50 GB.</summary>
    public const long DefaultMaxShardBytes = 50_000_000_000;

    private ShardPlan(IReadOnlyList<(string FileName, IReadOnlyList<TensorSpec> Tensors)> shards) => Shards = shards;

    public IReadOnlyList<(string FileName, IReadOnlyList<TensorSpec> Tensors)> Shards { get; }

    /// <param name="tensors">Every tensor, in any order.</param>
    /// <param name="maxShardBytes">Bytes of tensors in a file, header not counted; a larger tensor gets a file of its own.</param>
    public static ShardPlan Create(IEnumerable<TensorSpec> tensors, long maxShardBytes)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxShardBytes, 1);
        List<List<TensorSpec>> shards = [[]];
        var bytes = 0L;
        foreach (var tensor in tensors.OrderBy(tensor => tensor.Name, StateDictOrder.Instance))
        {
            if (bytes > 0 && bytes + tensor.ByteLength > maxShardBytes)
            {
                shards.Add([]);
                bytes = 0;
            }

            shards[^1].Add(tensor);
            bytes += tensor.ByteLength;
        }

        return new ShardPlan([.. shards.Select((shard, index) => (Name(index, shards.Count), (IReadOnlyList<TensorSpec>)shard))]);
    }

    /// <summary>The index file's text; null when one file holds everything and no index is written.</summary>
    public string? IndexJson()
    {
        if (Shards.Count == 1)
        {
            return null;
        }

        var all = Shards.SelectMany(shard => shard.Tensors.Select(tensor => (tensor, shard.FileName))).OrderBy(entry => entry.tensor.Name, StringComparer.Ordinal).ToList();
        var text = new StringBuilder("{\n  \"metadata\": {\n");
        text.Append(CultureInfo.InvariantCulture, $"    \"total_parameters\": {all.Sum(entry => entry.tensor.Elements)},\n");
        text.Append(CultureInfo.InvariantCulture, $"    \"total_size\": {all.Sum(entry => entry.tensor.ByteLength)}\n  }},\n  \"weight_map\": {{\n");
        text.AppendJoin(",\n", all.Select(entry => $"    {CompressedTensors.PythonJson.Quote(entry.tensor.Name)}: \"{entry.FileName}\""));
        return text.Append("\n  }\n}\n").ToString();
    }

    private static string Name(int index, int count) => count == 1
        ? "model.safetensors"
        : string.Create(CultureInfo.InvariantCulture, $"model-{index + 1:00000}-of-{count:00000}.safetensors");
}
