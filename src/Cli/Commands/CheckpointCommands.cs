using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Octet.Checkpoints;
using Octet.Checkpoints.Synthesis;
using Octet.Cli.Output;
using Octet.Contracts.Runs;
using Octet.Quantizer.Native;

namespace Octet.Cli.Commands;

/// <summary><c>octet quantize</c>, <c>verify</c> and <c>models synth</c>: checkpoints on disk, no server.</summary>
internal static class CheckpointCommands
{
    public static Command Quantize(TextWriter output, TextWriter error)
    {
        var model = new Argument<string>("model") { Description = "Model folder in BF16, FP16 or FP32, or Hugging Face id." };
        var target = new Option<string>("--output") { Description = "Folder to create.", Required = true };
        var ignore = new Option<string[]>("--ignore") { Description = "Modules that stay as they are: names, class names or re: patterns.", DefaultValueFactory = _ => ["lm_head"], AllowMultipleArgumentsPerToken = true };
        var json = new Option<bool>("--json") { Description = "The report as JSON." };
        var command = new Command("quantize", "Write the INT8 W8A8 form of a model: what LLM Compressor's data-free W8A8 writes, byte for byte.") { model, target, ignore, json };
        command.SetAction((parsed, cancellation) => GuardAsync(async () =>
        {
            var progress = new LineProgress(error, !Console.IsErrorRedirected);
            var folder = await ModelFetch.FolderAsync(parsed.GetRequiredValue(model), error, cancellation);
            var report = await new W8A8Quantizer().RunAsync(folder, parsed.GetRequiredValue(target), parsed.GetRequiredValue(ignore), progress, cancellation);
            progress.End();
            await output.WriteLineAsync(parsed.GetValue(json)
                ? JsonLine.Of(report)
                : string.Create(CultureInfo.InvariantCulture, $"{report.OutputPath}: {report.QuantizedTensors} tensors to INT8, {report.CopiedTensors} copied, {report.BytesRead / 1e6:0.0} -> {report.BytesWritten / 1e6:0.0} MB in {report.Seconds:0.00} s ({report.BytesRead / 1e9 / report.Seconds:0.00} GB/s), peak memory {report.PeakMemoryBytes >> 20} MiB"));
            return ExitCodes.Success;
        }));
        return command;
    }

    public static Command Verify(TextWriter output)
    {
        var artifact = new Argument<string>("artifact") { Description = "Compressed model folder." };
        var model = new Option<string?>("--model") { Description = "The original model folder; without it the artefact is checked alone, and nothing is said of how close its weights are." };
        var json = new Option<bool>("--json") { Description = "The report as JSON." };
        var command = new Command("verify", "Check a compressed model, against its original where that is given: tensors, sizes, scales, fidelity per layer. Exit 1 when it does not pass.") { artifact, model, json };
        command.SetAction((parsed, cancellation) => GuardAsync(async () =>
        {
            if (!Directory.Exists(parsed.GetRequiredValue(artifact)))
            {
                throw new OctetException(FailureKind.Model, $"compressed model folder '{parsed.GetRequiredValue(artifact)}' does not exist; octet quantize makes one");
            }

            if (parsed.GetValue(model) is not { } original)
            {
                var alone = await Task.Run(() => StandaloneChecks.Run(parsed.GetRequiredValue(artifact), cancellation), cancellation);
                await output.WriteLineAsync(parsed.GetValue(json)
                    ? JsonLine.Of(alone)
                    : string.Join(Environment.NewLine, [.. alone.Problems, string.Create(CultureInfo.InvariantCulture, $"{(alone.Passed ? "passed" : "failed")} alone: {alone.QuantizedLayers} quantized layers, {alone.CompressedBytes / 1e6:0.0} MB; give --model to measure how close the weights are")]));
                return alone.Passed ? ExitCodes.Success : ExitCodes.Mismatch;
            }

            var report = await ArtifactVerifier.VerifyAsync(original, parsed.GetRequiredValue(artifact), new Progress<QuantizeProgress>(), cancellation);
            if (parsed.GetValue(json))
            {
                await output.WriteLineAsync(JsonLine.Of(report));
            }
            else
            {
                foreach (var problem in report.Problems)
                {
                    await output.WriteLineAsync(problem);
                }

                var worst = report.Layers.Count == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $", worst layer {report.Layers.Min(layer => layer.SqnrDb):0.0} dB SQNR, cosine {report.Layers.Min(layer => layer.Cosine):0.000000}");
                await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{(report.Passed ? "passed" : "failed")}: {report.Layers.Count} quantized layers{worst}; {report.BaseBytes / 1e6:0.0} -> {report.CompressedBytes / 1e6:0.0} MB"));
            }

            return report.Passed ? ExitCodes.Success : ExitCodes.Mismatch;
        }));
        return command;
    }

    public static Command Models(TextWriter output, TextWriter error)
    {
        var shape = new Option<string>("--shape") { Description = $"One of {string.Join(", ", SyntheticShape.All.Select(known => known.Name))}.", Required = true };
        var target = new Option<string>("--output") { Description = "Folder to create.", Required = true };
        var seed = new Option<long>("--seed") { Description = "Seed of the weights.", DefaultValueFactory = _ => 1 };
        var json = new Option<bool>("--json") { Description = "What was written, as JSON." };
        var synth = new Command("synth", "Write a checkpoint of a given shape with random weights, for measurements of speed only.") { shape, target, seed, json };
        synth.SetAction((parsed, cancellation) => GuardAsync(async () =>
        {
            var name = parsed.GetRequiredValue(shape);
            if (SyntheticShape.All.All(known => known.Name != name))
            {
                throw new OctetException(FailureKind.Usage, $"--shape '{name}' is not known; known are {string.Join(", ", SyntheticShape.All.Select(known => known.Name))}");
            }

            await Task.Run(() => CheckpointSynthesizer.Write(parsed.GetRequiredValue(shape), parsed.GetRequiredValue(target), parsed.GetValue(seed), cancellation), cancellation);
            await output.WriteLineAsync(parsed.GetValue(json)
                ? new JsonObject { ["path"] = Path.GetFullPath(parsed.GetRequiredValue(target)), ["shape"] = parsed.GetRequiredValue(shape), ["seed"] = parsed.GetValue(seed) }.ToJsonString()
                : $"{Path.GetFullPath(parsed.GetRequiredValue(target))}: random weights of shape {parsed.GetRequiredValue(shape)}; whatever is made from it says so");
            return ExitCodes.Success;
        }));
        return new Command("models", "Model folders.") { synth, Outliers(output), ModelFetch.Command(output, error) };
    }

    private static Command Outliers(TextWriter output)
    {
        var model = new Argument<string>("model") { Description = "Model folder in BF16, FP16 or FP32." };
        var target = new Option<string>("--output") { Description = "Folder to create.", Required = true };
        var layers = new Option<int[]>("--layers") { Description = "Decoder layers, from 0.", DefaultValueFactory = _ => [0], AllowMultipleArgumentsPerToken = true };
        var channels = new Option<int>("--channels") { Description = "Channels of each of their two norms: those with the largest weights.", DefaultValueFactory = _ => 4 };
        var factor = new Option<double>("--factor") { Description = "Norm channels are multiplied by it, the columns that read them divided.", DefaultValueFactory = _ => 30 };
        var json = new Option<bool>("--json") { Description = "What was written, as JSON." };
        var command = new Command("outliers", "Write a copy of a model with activation outliers planted: the same function up to rounding, but hard to quantize. Synthetic, and it says so.") { model, target, layers, channels, factor, json };
        command.SetAction((parsed, cancellation) => GuardAsync(async () =>
        {
            if (!(parsed.GetValue(factor) is > 0 and <= 65504))
            {
                throw new OctetException(FailureKind.Usage, $"--factor {parsed.GetValue(factor).ToString(CultureInfo.InvariantCulture)} is not above 0 and at most 65504");
            }

            var chosen = parsed.GetRequiredValue(layers);
            await Task.Run(() => OutlierPlanter.Write(parsed.GetRequiredValue(model), parsed.GetRequiredValue(target), chosen, parsed.GetValue(channels), parsed.GetValue(factor), cancellation), cancellation);
            await output.WriteLineAsync(parsed.GetValue(json)
                ? new JsonObject { ["path"] = Path.GetFullPath(parsed.GetRequiredValue(target)), ["layers"] = new JsonArray([.. chosen.Select(layer => JsonValue.Create(layer))]), ["channels"] = parsed.GetValue(channels), ["factor"] = parsed.GetValue(factor) }.ToJsonString()
                : string.Create(CultureInfo.InvariantCulture, $"{Path.GetFullPath(parsed.GetRequiredValue(target))}: {parsed.GetValue(channels)} channels of each norm of layers {string.Join(", ", chosen)} times {parsed.GetValue(factor)}; synthetic, and its config.json says so"));
            return ExitCodes.Success;
        }));
        return command;
    }

    private static async Task<int> GuardAsync(Func<Task<int>> action)
    {
        try
        {
            return await action();
        }
        catch (CheckpointStorageException failure)
        {
            throw new OctetException(FailureKind.Storage, failure.Message, failure);
        }
        catch (CheckpointException failure)
        {
            throw new OctetException(FailureKind.Model, failure.Message, failure);
        }
    }

    private sealed class LineProgress(TextWriter error, bool terminal) : IProgress<QuantizeProgress>
    {
        private readonly Lock _lock = new();
        private long _shown = -1;

        public void Report(QuantizeProgress value)
        {
            var percent = value.BytesTotal == 0 ? 0 : value.BytesDone * 100 / value.BytesTotal;
            lock (_lock)
            {
                if (terminal && percent > _shown)
                {
                    _shown = percent;
                    error.Write(string.Create(CultureInfo.InvariantCulture, $"\r{percent,3} %  {value.BytesDone / 1e6:0} of {value.BytesTotal / 1e6:0} MB"));
                }
            }
        }

        public void End()
        {
            if (_shown >= 0)
            {
                error.WriteLine();
            }
        }
    }
}
