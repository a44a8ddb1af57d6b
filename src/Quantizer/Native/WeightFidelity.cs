using Octet.Checkpoints.SafeTensors;
using Octet.Contracts.Results;
using Octet.Quantizer.Native.Elements;

namespace Octet.Quantizer.Native;

/// <summary>How close dequantized rows are to the original ones, over a sample of rows.</summary>
internal sealed unsafe class WeightFidelity
{
    /// <summary>dB reported when nothing differs; keeps the report free of infinities.</summary>
    public const double ExactDb = 200;

    private const int SampledRows = 64;
    private double _signal;
    private double _noise;
    private double _product;
    private double _restored;

    /// <param name="weight">The original, [out, in].</param>
    /// <param name="original">Its bytes.</param>
    /// <param name="codes">[out, in].</param>
    /// <param name="scales">[out], in the original's type.</param>
    /// <param name="columnFactors">What each column of the restored weight is multiplied by, [in]; null for nothing.</param>
    public static LayerFidelity Measure(TensorInfo weight, byte* original, sbyte* codes, byte* scales, float[]? columnFactors)
    {
        var measured = new WeightFidelity();
        var (rows, columns) = (weight.Shape[0], (int)weight.Shape[1]);
        var size = weight.DType.Size();
        var sampled = Math.Min(rows, SampledRows);
        for (var sample = 0L; sample < sampled; sample++)
        {
            var row = sample * rows / sampled;
            measured.Add(weight.DType, original + (row * columns * size), codes + (row * columns), Load(weight.DType, scales + (row * size)), columns, columnFactors);
        }

        return new LayerFidelity(QuantizePlan.ModuleName(weight.Name), measured.SqnrDb, measured.Cosine);
    }

    /// <summary>One element as a float.</summary>
    public static float Load(DType type, byte* element) => type switch
    {
        DType.BFloat16 => BFloat16Element.Load(element),
        DType.Float16 => Float16Element.Load(element),
        _ => Float32Element.Load(element),
    };

    private double SqnrDb => _noise == 0 ? ExactDb : Math.Clamp(10 * Math.Log10(_signal / _noise), -ExactDb, ExactDb);

    private double Cosine => _signal == 0 || _restored == 0 ? (_signal == _restored ? 1 : 0) : _product / (Math.Sqrt(_signal) * Math.Sqrt(_restored));

    private void Add(DType type, byte* original, sbyte* codes, float scale, int columns, float[]? columnFactors)
    {
        var size = type.Size();
        for (var column = 0; column < columns; column++)
        {
            double weight = Load(type, original + (column * size));
            var restored = (double)codes[column] * scale * (columnFactors?[column] ?? 1f);
            _signal += weight * weight;
            _noise += (weight - restored) * (weight - restored);
            _product += weight * restored;
            _restored += restored * restored;
        }
    }
}
