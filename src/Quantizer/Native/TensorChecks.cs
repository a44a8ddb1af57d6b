using System.Globalization;
using Octet.Checkpoints;
using Octet.Checkpoints.SafeTensors;
using Octet.Contracts.Results;

namespace Octet.Quantizer.Native;

/// <summary>The checks of one artefact, tensor by tensor.</summary>
internal sealed unsafe class TensorChecks(CheckpointDirectory model, CheckpointDirectory artifact, QuantizePlan plan)
{
    /// <summary>Rounding to 8 bits leaves more than 0.999 on weights of a trained model, and 0.97 where every row's largest weight is a
    /// hundred standard deviations out; below this the codes belong to other weights.</summary>
    private const double LowestCosine = 0.9;

    private readonly Smoothing _smoothing = new(model, artifact);
    private readonly List<string> _problems = [];
    private readonly List<LayerFidelity> _layers = [];
    private readonly long _total = model.TensorBytes;
    private long _done;

    public ArtifactReport Run(IProgress<QuantizeProgress> progress, CancellationToken cancellationToken)
    {
        var outputs = plan.Outputs;
        var present = outputs.Where(IsPresent).Select(output => output.Name).ToHashSet(StringComparer.Ordinal);
        _problems.AddRange(artifact.Tensors.Select(tensor => tensor.Name).Except(outputs.Select(output => output.Name)).Select(name => $"tensor '{name}' is not of this model"));
        foreach (var tensor in plan.Copied.Where(tensor => present.Contains(tensor.Name)))
        {
            cancellationToken.ThrowIfCancellationRequested();
            CheckCopied(tensor);
            Report(progress, tensor);
        }

        foreach (var tensor in plan.Quantized.Where(tensor => present.Contains(tensor.Name) && present.Contains(QuantizePlan.ScaleName(tensor.Name))))
        {
            cancellationToken.ThrowIfCancellationRequested();
            CheckQuantized(tensor);
            Report(progress, tensor);
        }

        return new ArtifactReport
        {
            Passed = _problems.Count == 0,
            Problems = _problems,
            BaseBytes = model.TensorBytes,
            CompressedBytes = artifact.TensorBytes,
            Layers = _layers,
        };
    }

    private bool IsPresent(TensorSpec expected)
    {
        if (!artifact.Contains(expected.Name))
        {
            _problems.Add($"tensor '{expected.Name}' is missing");
            return false;
        }

        var found = artifact.Find(expected.Name);
        if (found.DType == expected.DType && found.Shape.SequenceEqual(expected.Shape))
        {
            return true;
        }

        _problems.Add($"tensor '{expected.Name}' is {found.DType.Name()} [{string.Join(", ", found.Shape)}], expected {expected.DType.Name()} [{string.Join(", ", expected.Shape)}]");
        return false;
    }

    private void CheckCopied(TensorInfo original)
    {
        var copy = artifact.Find(original.Name);
        if (_smoothing.MayChange(original.Name))
        {
            CheckValues(copy, float.IsFinite, "holds NaN or infinity");
        }
        else if (!SameBytes(model.Pointer(original), artifact.Pointer(copy), original.ByteLength))
        {
            _problems.Add($"tensor '{original.Name}' should be unchanged but differs from the original");
        }
    }

    private void CheckQuantized(TensorInfo original)
    {
        var scales = artifact.Find(QuantizePlan.ScaleName(original.Name));
        if (!CheckValues(scales, value => float.IsFinite(value) && value > 0, "holds a scale that is not finite and above zero"))
        {
            return;
        }

        var layer = WeightFidelity.Measure(
            original, model.Pointer(original), (sbyte*)artifact.Pointer(artifact.Find(original.Name)), artifact.Pointer(scales), _smoothing.ColumnFactors(original.Name));
        _layers.Add(layer);
        if (layer.Cosine < LowestCosine)
        {
            _problems.Add(string.Create(CultureInfo.InvariantCulture, $"module '{layer.Name}' restores to other weights: cosine {layer.Cosine:0.000}, below {LowestCosine:0.0}"));
        }
    }

    private bool CheckValues(TensorInfo tensor, Func<float, bool> isGood, string problem)
    {
        var values = artifact.Pointer(tensor);
        for (var i = 0L; i < tensor.Elements; i++)
        {
            if (!isGood(WeightFidelity.Load(tensor.DType, values + (i * tensor.DType.Size()))))
            {
                _problems.Add($"tensor '{tensor.Name}' {problem} at row {i}");
                return false;
            }
        }

        return true;
    }

    private static bool SameBytes(byte* first, byte* second, long length)
    {
        const int Step = 1 << 24;
        for (var offset = 0L; offset < length; offset += Step)
        {
            var part = (int)Math.Min(Step, length - offset);
            if (!new ReadOnlySpan<byte>(first + offset, part).SequenceEqual(new ReadOnlySpan<byte>(second + offset, part)))
            {
                return false;
            }
        }

        return true;
    }

    private void Report(IProgress<QuantizeProgress> progress, TensorInfo tensor) =>
        progress.Report(new QuantizeProgress(_done += tensor.ByteLength, _total, tensor.Name));
}
