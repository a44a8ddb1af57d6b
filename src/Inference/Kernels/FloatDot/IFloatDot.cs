namespace Octet.Inference.Kernels.FloatDot;

/// <summary>Dot products of weight rows with FP32 activation rows, accumulated in FP32. The order of the additions of one result
/// depends on k alone, never on the number of tokens or rows: results do not change with the batch.</summary>
public unsafe interface IFloatDot
{
    static abstract string Name { get; }

    static abstract bool IsSupported { get; }

    /// <summary>BF16 rows are widened once for many tokens; otherwise once for each token.</summary>
    static abstract bool WidensInBlocks { get; }

    /// <summary>Four FP32 weight rows against all tokens: per token four sums.</summary>
    static abstract void FourRows(float* weights, int k, float* activations, int stride, int tokens, float* results);

    /// <summary>Four BF16 weight rows against all tokens: the same sums as of the widened rows.</summary>
    static abstract void FourRows(ushort* weights, int k, float* activations, int stride, int tokens, float* results);

    /// <summary>Dot products of one query with consecutive keys, each summed in the order of the head's dimensions on every instruction set.</summary>
    /// <param name="query">[headDim].</param>
    /// <param name="keys">[headDim, stride], the first of the positions; up to 15 values after the last position are read.</param>
    /// <param name="stride">Values from one dimension to the next.</param>
    /// <param name="positions">Number of keys.</param>
    /// <param name="headDim">Values of the query.</param>
    /// <param name="scores">One per key; up to 15 more are overwritten.</param>
    static abstract void Scores(float* query, float* keys, int stride, int positions, int headDim, float* scores);

    /// <summary>target += factor * source.</summary>
    static abstract void AddScaled(float factor, float* source, float* target, int k);
}
