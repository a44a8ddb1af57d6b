using System.Diagnostics;
using Octet.Checkpoints;
using Octet.Checkpoints.CompressedTensors;
using Octet.Checkpoints.SafeTensors;
using Octet.Contracts.Results;
using Octet.Contracts.Runs;
using Octet.Quantizer.Native.Kernels;

namespace Octet.Quantizer.Native;

/// <summary>Data-free INT8 W8A8: streams a checkpoint once and writes what LLM Compressor's round-to-nearest writes, byte for byte.</summary>
public sealed class W8A8Quantizer
{
    /// <summary>Bytes of tensors in one output file.</summary>
    public long MaxShardBytes { get; init; } = ShardPlan.DefaultMaxShardBytes;

    /// <summary>Worker threads.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>Forced instruction set; null for the best.</summary>
    public string? Isa { get; init; } = Environment.GetEnvironmentVariable(RowQuantizer.ForceVariable);

    /// <summary>Quantizes every Linear module that is not ignored. The output folder appears only when it is complete; one of the same
    /// recipe that is there already is replaced.</summary>
    /// <param name="modelDirectory">A Hugging Face model folder in BF16, FP16 or FP32.</param>
    /// <param name="outputDirectory">The folder to create.</param>
    /// <param name="ignore">Module names, class names or <c>re:</c> patterns that stay as they are.</param>
    /// <param name="progress">Told after every chunk of about 1 MiB, from worker threads.</param>
    /// <param name="cancellationToken">Leaves nothing behind.</param>
    /// <exception cref="CheckpointException">The model is damaged, not supported, or holds NaN or infinity.</exception>
    /// <exception cref="OctetException">The output cannot be written.</exception>
    public Task<QuantizeReport> RunAsync(
        string modelDirectory, string outputDirectory, IReadOnlyList<string> ignore, IProgress<QuantizeProgress> progress, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(modelDirectory);
        ArgumentException.ThrowIfNullOrEmpty(outputDirectory);
        ArgumentNullException.ThrowIfNull(ignore);
        ArgumentNullException.ThrowIfNull(progress);
        return Task.Run(() => Run(modelDirectory, outputDirectory, ignore, progress, cancellationToken), cancellationToken);
    }

    private QuantizeReport Run(string modelDirectory, string outputDirectory, IReadOnlyList<string> ignore, IProgress<QuantizeProgress> progress, CancellationToken cancellationToken)
    {
        var watch = Stopwatch.StartNew();
        try
        {
            using var model = CheckpointDirectory.Open(modelDirectory);
            var plan = QuantizePlan.Create(model, ignore);
            var recipe = W8A8ConfigWriter.Recipe(ignore);
            using var writer = CheckpointWriter.Create(outputDirectory, plan.Outputs, MaxShardBytes, IsSameRecipe(outputDirectory, recipe));
            WriteTensors(model, plan, writer, progress, cancellationToken);
            WriteFiles(model.FullPath, plan, recipe, writer);
            writer.Commit();
            return Report(model, plan, writer.BytesWritten, outputDirectory, watch.Elapsed);
        }
        catch (CheckpointStorageException exception)
        {
            throw new OctetException(FailureKind.Storage, exception.Message, exception);
        }
    }

    /// <summary>A folder that the same recipe made holds nothing that quantizing again would not make again.</summary>
    private static bool IsSameRecipe(string directory, byte[] recipe)
    {
        var path = Path.Combine(directory, "recipe.yaml");
        return File.Exists(path) && File.ReadAllBytes(path).AsSpan().SequenceEqual(recipe);
    }

    private void WriteTensors(CheckpointDirectory model, QuantizePlan plan, CheckpointWriter writer, IProgress<QuantizeProgress> progress, CancellationToken cancellationToken)
    {
        var quantized = plan.Quantized.ToHashSet();
        var handles = model.Files.Select(file => (File: file, Handle: File.OpenHandle(file.Path, options: FileOptions.SequentialScan))).ToList();
        try
        {
            List<TensorChunk> chunks =
            [
                .. handles.SelectMany(entry => entry.File.Tensors.Values.OrderBy(tensor => tensor.Offset)
                    .SelectMany(tensor => TensorChunk.Split(tensor, entry.Handle, quantized.Contains(tensor)))),
            ];
            new ChunkPool(chunks, progress, cancellationToken).Run(Threads, () => new ChunkWorker(writer, Isa));
        }
        finally
        {
            handles.ForEach(entry => entry.Handle.Dispose());
        }
    }

    private static void WriteFiles(string modelDirectory, QuantizePlan plan, byte[] recipe, CheckpointWriter writer)
    {
        writer.WriteFile("config.json", W8A8ConfigWriter.Config(Path.Combine(modelDirectory, "config.json"), plan.IgnoredModules));
        writer.WriteFile("recipe.yaml", recipe);
        CompanionFiles.Copy(modelDirectory, writer);
    }

    private QuantizeReport Report(CheckpointDirectory model, QuantizePlan plan, long bytesWritten, string outputDirectory, TimeSpan elapsed) => new()
    {
        Backend = "native",
        ToolVersions = new Dictionary<string, string>
        {
            ["octet"] = typeof(W8A8Quantizer).Assembly.GetName().Version?.ToString(3) ?? "",
            ["compressed-tensors-format"] = W8A8ConfigWriter.FormatVersion,
            ["dotnet"] = Environment.Version.ToString(),
            ["isa"] = RowQuantizer.Choose(model.Config.DType, Isa)?.Isa ?? "",
        },
        Scheme = "W8A8",
        Recipe = "data-free",
        ModelPath = model.FullPath,
        OutputPath = Path.GetFullPath(outputDirectory),
        BytesRead = model.TensorBytes,
        BytesWritten = bytesWritten,
        Seconds = elapsed.TotalSeconds,
        PeakMemoryBytes = PeakMemory.Bytes(),
        QuantizedTensors = plan.Quantized.Count,
        CopiedTensors = plan.Copied.Count,
    };
}
