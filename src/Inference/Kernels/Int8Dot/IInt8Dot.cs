namespace Octet.Inference.Kernels.Int8Dot;

/// <summary>Dot products of int8 weight rows with int8 activation rows, accumulated exactly in int32. Weights may hold -128;
/// activations lie in [-127, 127]. Every kernel gives the same integers.</summary>
public unsafe interface IInt8Dot
{
    static abstract string Name { get; }

    static abstract bool IsSupported { get; }

    /// <summary>Four weight rows against all tokens.</summary>
    /// <param name="weights">First of four rows, <paramref name="k"/> values each, one after the other.</param>
    /// <param name="k">Values of a row.</param>
    /// <param name="activations">Token rows, <paramref name="stride"/> bytes apart.</param>
    /// <param name="stride">Bytes from one token to the next.</param>
    /// <param name="sums">Sum of each token's values.</param>
    /// <param name="tokens">Number of tokens.</param>
    /// <param name="results">Per token four sums, in the order of the rows.</param>
    static abstract void FourRows(sbyte* weights, int k, sbyte* activations, int stride, int* sums, int tokens, int* results);

    /// <summary>One weight row against all tokens: one sum per token, four apart.</summary>
    static abstract void OneRow(sbyte* weights, int k, sbyte* activations, int stride, int* sums, int tokens, int* results);
}
