using System.Runtime.Intrinsics;
using Octet.Inference.Kernels.Elementwise;

namespace Octet.Inference.Models;

/// <summary>Takes what the kernels summed, four rows per token, to the values of a layer.</summary>
internal readonly unsafe struct LinearOutput(LinearWeight layer, int row, int rows, float* output, int stride, ComputeDtype carry)
{
    /// <summary>sum + bias, rounded.</summary>
    /// <param name="sums">[tokens, 4].</param>
    /// <param name="tokens">Rows of the output.</param>
    public void Store(float* sums, int tokens)
    {
        var bias = Four(layer.Bias);
        for (var token = 0; token < tokens; token++)
        {
            Write(token, Vector128.Load(sums + (token * 4)) + bias);
        }
    }

    /// <summary>T(a_scale * (b_scale * acc)), with a bias T(fma(a_scale, b_scale * acc, bias)).</summary>
    /// <param name="sums">[tokens, 4].</param>
    /// <param name="scales">a_scale of each token.</param>
    /// <param name="tokens">Rows of the output.</param>
    public void Dequantize(int* sums, float* scales, int tokens)
    {
        var (weightScales, bias) = (Four(layer.Scales), Four(layer.Bias));
        for (var token = 0; token < tokens; token++)
        {
            var value = weightScales * Vector128.ConvertToSingle(Vector128.Load(sums + (token * 4)));
            var scale = Vector128.Create(scales[token]);
            Write(token, layer.Bias is null ? scale * value : Vector128.FusedMultiplyAdd(scale, value, bias));
        }
    }

    private void Write(int token, Vector128<float> values)
    {
        var target = output + ((nint)token * stride) + row;
        if (carry == ComputeDtype.BFloat16)
        {
            values = Rounding.RoundToBFloat16(values);
        }

        if (rows == 4)
        {
            values.Store(target);
        }
        else
        {
            for (var r = 0; r < rows; r++)
            {
                target[r] = values[r];
            }
        }

        if (carry == ComputeDtype.Float16)
        {
            Rounding.Round(new Span<float>(target, rows), carry);
        }
    }

    /// <summary>The values of these rows; 0 beyond the last one, and where there are none.</summary>
    private Vector128<float> Four(float[]? values)
    {
        Span<float> four = stackalloc float[4];
        values.AsSpan(values is null ? 0 : row, values is null ? 0 : rows).CopyTo(four);
        return Vector128.Create<float>(four);
    }
}
