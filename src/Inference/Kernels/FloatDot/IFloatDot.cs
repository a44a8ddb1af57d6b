namespace Octet.Inference.Kernels.FloatDot;

/// <summary>Dot products of weight rows with FP32 activation rows, accumulated in FP32. The order of the additions of one result
/// depends on k alone, never on the number of tokens or rows: results do not change with the batch.</summary>
public unsafe interface IFloatDot
{
    static abstract string Name { get; }

    static abstract bool IsSupported { get; }

    /// <summary>Four FP32 weight rows against all tokens: per token four sums.</summary>
    static abstract void FourRows(float* weights, int k, float* activations, int stride, int tokens, float* results);

    /// <summary>Four BF16 weight rows against all tokens: the same sums as of the widened rows.</summary>
    static abstract void FourRows(ushort* weights, int k, float* activations, int stride, int tokens, float* results);

    /// <summary>One dot product.</summary>
    static abstract float Dot(float* a, float* b, int k);

    /// <summary>target += factor * source.</summary>
    static abstract void AddScaled(float factor, float* source, float* target, int k);
}
