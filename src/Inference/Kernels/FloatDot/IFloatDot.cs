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

    /// <summary>Dot products of queries with consecutive keys, each summed in the order of the head's dimensions on every instruction set.</summary>
    /// <param name="queries">[heads, headDim].</param>
    /// <param name="heads">Number of queries.</param>
    /// <param name="keys">[headDim, stride], the first of the positions; up to 15 values after the last position are read.</param>
    /// <param name="stride">Values from one dimension to the next.</param>
    /// <param name="positions">Number of keys.</param>
    /// <param name="headDim">Values of a query.</param>
    /// <param name="scores">[heads, scoresStride], one per key; up to 15 more after the last key are overwritten.</param>
    /// <param name="scoresStride">Values from one query's scores to the next one's.</param>
    static abstract void Scores(float* queries, int heads, float* keys, int stride, int positions, int headDim, float* scores, int scoresStride);

    /// <summary>output += sum over positions of weight times value, one fused multiply-add a position, in ascending order.</summary>
    /// <param name="weights">[positions].</param>
    /// <param name="values">[positions, headDim].</param>
    /// <param name="positions">Number of values.</param>
    /// <param name="headDim">Length of a value.</param>
    /// <param name="output">[headDim].</param>
    static abstract void AddValues(float* weights, float* values, int positions, int headDim, float* output);
}
