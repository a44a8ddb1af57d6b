namespace Octet.Inference.Kernels.FloatDot;

/// <summary>The plain definition: left to right, one fused multiply-add a value.</summary>
public readonly unsafe struct ScalarFloatDot : IFloatDot
{
    public static string Name => "scalar";

    public static bool WidensInBlocks => false;

    public static bool IsSupported => true;

    public static void FourRows(float* weights, int k, float* activations, int stride, int tokens, float* results)
    {
        for (var token = 0; token < tokens; token++)
        {
            for (var row = 0; row < 4; row++)
            {
                results[(token * 4) + row] = Tail(weights + ((nint)row * k), activations + ((nint)token * stride), 0, k, 0);
            }
        }
    }

    public static void FourRows(ushort* weights, int k, float* activations, int stride, int tokens, float* results)
    {
        for (var token = 0; token < tokens; token++)
        {
            for (var row = 0; row < 4; row++)
            {
                results[(token * 4) + row] = Tail(weights + ((nint)row * k), activations + ((nint)token * stride), 0, k, 0);
            }
        }
    }

    public static void Scores(float* queries, int heads, float* keys, int stride, int positions, int headDim, float* scores, int scoresStride)
    {
        for (var head = 0; head < heads; head++)
        {
            for (var position = 0; position < positions; position++)
            {
                var sum = 0f;
                for (var i = 0; i < headDim; i++)
                {
                    sum = MathF.FusedMultiplyAdd(queries[((nint)head * headDim) + i], keys[((nint)i * stride) + position], sum);
                }

                scores[((nint)head * scoresStride) + position] = sum;
            }
        }
    }

    public static void AddValues(float* weights, float* values, int positions, int headDim, float* output)
    {
        for (var position = 0; position < positions; position++)
        {
            AddScaled(weights[position], values + ((nint)position * headDim), output, headDim);
        }
    }

    internal static void AddScaled(float factor, float* source, float* target, int k)
    {
        for (var i = 0; i < k; i++)
        {
            target[i] = MathF.FusedMultiplyAdd(factor, source[i], target[i]);
        }
    }

    internal static float Tail(float* weights, float* activations, int from, int k, float sum)
    {
        for (var i = from; i < k; i++)
        {
            sum = MathF.FusedMultiplyAdd(weights[i], activations[i], sum);
        }

        return sum;
    }

    internal static float Tail(ushort* weights, float* activations, int from, int k, float sum)
    {
        for (var i = from; i < k; i++)
        {
            sum = MathF.FusedMultiplyAdd(BitConverter.UInt32BitsToSingle((uint)weights[i] << 16), activations[i], sum);
        }

        return sum;
    }
}
