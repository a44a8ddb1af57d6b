using Octet.Checkpoints.SafeTensors;
using Octet.Inference;
using Octet.Inference.Compute;
using Octet.Inference.Kernels;
using Octet.Inference.Kernels.Elementwise;
using Octet.Inference.Models;

namespace Octet.Cli.Parity.Models;

/// <summary>One W8A8 linear layer applied to given activations, step by step.</summary>
/// <param name="Codes">[tokens, inputs] quantized activations.</param>
/// <param name="Scales">One per token.</param>
/// <param name="Accumulators">[tokens, outputs] integer sums.</param>
/// <param name="Outputs">[tokens, outputs], rounded to the carried type.</param>
internal sealed unsafe record LinearUnit(sbyte[] Codes, float[] Scales, int[] Accumulators, float[] Outputs)
{
    /// <param name="layer">Weight of type INT8.</param>
    /// <param name="x">[tokens, inputs].</param>
    /// <param name="carry">Type of the result.</param>
    /// <param name="kernels">Instruction set.</param>
    public static LinearUnit Run(LinearWeight layer, float[] x, ComputeDtype carry, KernelSet kernels)
    {
        var tokens = x.Length / layer.Inputs;
        var (codes, scales, sums) = Quantize(x, tokens, layer.Inputs);
        var outputs = new float[tokens * layer.Outputs];
        using var pool = new ComputePool(1);
        using var linear = new LinearRunner(kernels, pool, carry);
        fixed (float* input = x, output = outputs)
        {
            linear.Prepare(input, tokens, layer);
            linear.Run([new LinearTarget(layer, output, layer.Outputs)], input, tokens);
        }

        return new LinearUnit(codes, scales, Accumulate(layer, codes, sums, kernels), outputs);
    }

    private static (sbyte[] Codes, float[] Scales, int[] Sums) Quantize(float[] x, int tokens, int inputs)
    {
        var (codes, scales, sums) = (new sbyte[x.Length], new float[tokens], new int[tokens]);
        for (var token = 0; token < tokens; token++)
        {
            scales[token] = ActivationQuantizer.Quantize(x.AsSpan(token * inputs, inputs), codes.AsSpan(token * inputs, inputs), out sums[token]);
        }

        return (codes, scales, sums);
    }

    private static int[] Accumulate(LinearWeight layer, sbyte[] codes, int[] sums, KernelSet kernels)
    {
        var accumulators = new int[sums.Length * layer.Outputs];
        var results = new int[sums.Length * 4];
        fixed (sbyte* activations = codes)
        fixed (int* tokenSums = sums, target = results)
        {
            for (var row = 0; row < layer.Outputs; row++)
            {
                kernels.Int8OneRow((sbyte*)layer.Data + ((nint)row * layer.Inputs), layer.Inputs, activations, layer.Inputs, tokenSums, sums.Length, target);
                for (var token = 0; token < sums.Length; token++)
                {
                    accumulators[(token * layer.Outputs) + row] = results[token * 4];
                }
            }
        }

        return accumulators;
    }

    /// <summary>The carried type whose rounding a recorded tensor of this type has.</summary>
    public static ComputeDtype Carry(DType type) => type switch
    {
        DType.BFloat16 => ComputeDtype.BFloat16,
        DType.Float16 => ComputeDtype.Float16,
        _ => ComputeDtype.Float32,
    };

    /// <summary>Equal bits, except that every NaN equals every other.</summary>
    public static bool SameBits(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        if (a.Length != b.Length)
        {
            return false;
        }

        for (var i = 0; i < a.Length; i++)
        {
            if (BitConverter.SingleToUInt32Bits(a[i]) != BitConverter.SingleToUInt32Bits(b[i]) && !(float.IsNaN(a[i]) && float.IsNaN(b[i])))
            {
                return false;
            }
        }

        return true;
    }
}
