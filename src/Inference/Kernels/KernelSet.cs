using Octet.Inference.Kernels.FloatDot;
using Octet.Inference.Kernels.Int8Dot;

namespace Octet.Inference.Kernels;

/// <summary>The hot kernels of one instruction set.</summary>
public abstract unsafe class KernelSet
{
    /// <summary>Environment variable that forces a set: scalar, avx2, avxvnni or avx512.</summary>
    public const string ForceVariable = "OCTET_ISA";

    /// <summary>Every set in order of preference, supported here or not.</summary>
    public static IReadOnlyList<KernelSet> All { get; } =
    [
        new KernelSet<AvxVnniInt8Dot, Avx512FloatDot>("avx512+vnni"),
        new KernelSet<Avx512Int8Dot, Avx512FloatDot>("avx512"),
        new KernelSet<AvxVnniInt8Dot, Avx2FloatDot>("avxvnni"),
        new KernelSet<Avx2Int8Dot, Avx2FloatDot>("avx2"),
        new KernelSet<ScalarInt8Dot, ScalarFloatDot>("scalar"),
    ];

    public abstract string Name { get; }

    public abstract bool IsSupported { get; }

    /// <inheritdoc cref="IFloatDot.WidensInBlocks"/>
    public abstract bool WidensInBlocks { get; }

    /// <summary>The first supported set, or the forced one.</summary>
    /// <param name="forced">Value of <see cref="ForceVariable"/>; null or empty for none.</param>
    /// <exception cref="PlatformNotSupportedException">The forced set does not exist or this processor lacks it.</exception>
    public static KernelSet Choose(string? forced)
    {
        if (string.IsNullOrEmpty(forced))
        {
            return All.First(set => set.IsSupported);
        }

        return All.FirstOrDefault(set => set.Name == forced && set.IsSupported)
            ?? throw new PlatformNotSupportedException($"{ForceVariable}={forced} cannot be used here; supported are {string.Join(", ", All.Where(set => set.IsSupported).Select(set => set.Name))}");
    }

    public abstract void Int8FourRows(sbyte* weights, int k, sbyte* activations, int stride, int* sums, int tokens, int* results);

    public abstract void Int8OneRow(sbyte* weights, int k, sbyte* activations, int stride, int* sums, int tokens, int* results);

    public abstract void FloatFourRows(float* weights, int k, float* activations, int stride, int tokens, float* results);

    public abstract void BFloat16FourRows(ushort* weights, int k, float* activations, int stride, int tokens, float* results);

    /// <inheritdoc cref="IFloatDot.Scores"/>
    public abstract void Scores(float* queries, int heads, float* keys, int stride, int positions, int headDim, float* scores, int scoresStride);

    /// <inheritdoc cref="IFloatDot.AddValues"/>
    public abstract void AddValues(float* weights, float* values, int positions, int headDim, float* output);
}

/// <summary>Binds a set to its kernels, so that each call is direct.</summary>
internal sealed unsafe class KernelSet<TInt8, TFloat>(string name) : KernelSet
    where TInt8 : struct, IInt8Dot
    where TFloat : struct, IFloatDot
{
    public override string Name => name;

    public override bool WidensInBlocks => TFloat.WidensInBlocks;

    public override bool IsSupported => TInt8.IsSupported && TFloat.IsSupported;

    public override void Int8FourRows(sbyte* weights, int k, sbyte* activations, int stride, int* sums, int tokens, int* results) =>
        TInt8.FourRows(weights, k, activations, stride, sums, tokens, results);

    public override void Int8OneRow(sbyte* weights, int k, sbyte* activations, int stride, int* sums, int tokens, int* results) =>
        TInt8.OneRow(weights, k, activations, stride, sums, tokens, results);

    public override void FloatFourRows(float* weights, int k, float* activations, int stride, int tokens, float* results) =>
        TFloat.FourRows(weights, k, activations, stride, tokens, results);

    public override void BFloat16FourRows(ushort* weights, int k, float* activations, int stride, int tokens, float* results) =>
        TFloat.FourRows(weights, k, activations, stride, tokens, results);

    public override void Scores(float* queries, int heads, float* keys, int stride, int positions, int headDim, float* scores, int scoresStride) =>
        TFloat.Scores(queries, heads, keys, stride, positions, headDim, scores, scoresStride);

    public override void AddValues(float* weights, float* values, int positions, int headDim, float* output) =>
        TFloat.AddValues(weights, values, positions, headDim, output);
}
