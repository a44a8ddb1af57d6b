using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json.Nodes;
using Octet.Checkpoints.CompressedTensors;
using Octet.Checkpoints.SafeTensors;

namespace Octet.Checkpoints.Synthesis;

/// <summary>Writes checkpoints of random weights, for measurements of speed and memory. Their <c>config.json</c> says so.</summary>
public static class CheckpointSynthesizer
{
    private const int ChunkElements = 1 << 19;
    private const ushort One = 0x3F80;

    /// <param name="shape">tiny, llama-140m, llama-3.2-1b or llama-3.1-8b.</param>
    /// <param name="outputDirectory">The folder to create; absent or empty.</param>
    /// <param name="seed">The same seed gives the same bytes.</param>
    /// <param name="cancellationToken">Leaves nothing behind.</param>
    /// <exception cref="CheckpointException">The shape is not known, or the folder cannot be written.</exception>
    public static void Write(string shape, string outputDirectory, long seed, CancellationToken cancellationToken)
    {
        var model = SyntheticShape.Find(shape);
        var tensors = model.Tensors();
        using var writer = CheckpointWriter.Create(outputDirectory, tensors);
        writer.WriteFile("config.json", Encoding.UTF8.GetBytes(PythonJson.Dumps(model.Config())));
        writer.WriteFile("generation_config.json", Encoding.UTF8.GetBytes(PythonJson.Dumps(
            new JsonObject { ["bos_token_id"] = model.BosTokenId, ["eos_token_id"] = model.EosTokenId })));
        writer.WriteFile("tokenizer.json", SyntheticTokenizer.TokenizerJson(model));
        writer.WriteFile("tokenizer_config.json", SyntheticTokenizer.ConfigJson(model));
        var options = new ParallelOptions { CancellationToken = cancellationToken, MaxDegreeOfParallelism = Environment.ProcessorCount };
        Parallel.ForEach(Chunks(tensors), options, () => new ushort[ChunkElements], (chunk, _, buffer) => WriteChunk(writer, chunk, seed, buffer), _ => { });
        writer.Commit();
    }

    private static IEnumerable<(TensorSpec Tensor, long Start, long Stream)> Chunks(IReadOnlyList<TensorSpec> tensors)
    {
        var stream = 0L;
        foreach (var tensor in tensors)
        {
            for (var start = 0L; start < tensor.Elements; start += ChunkElements)
            {
                yield return (tensor, start, stream++);
            }
        }
    }

    private static ushort[] WriteChunk(CheckpointWriter writer, (TensorSpec Tensor, long Start, long Stream) chunk, long seed, ushort[] buffer)
    {
        var values = buffer.AsSpan(0, (int)Math.Min(ChunkElements, chunk.Tensor.Elements - chunk.Start));
        if (chunk.Tensor.Shape.Count == 1)
        {
            values.Fill(One);
        }
        else
        {
            RandomWeights.Fill(values, seed, chunk.Stream);
        }

        writer.Write(chunk.Tensor.Name, chunk.Start * sizeof(ushort), MemoryMarshal.AsBytes(values));
        return buffer;
    }
}
