namespace Octet.Inference.Kernels.Int8Dot;

/// <summary>The plain definition, which every other kernel is tested against.</summary>
public readonly unsafe struct ScalarInt8Dot : IInt8Dot
{
    public static string Name => "scalar";

    public static bool IsSupported => true;

    public static void FourRows(sbyte* weights, int k, sbyte* activations, int stride, int* sums, int tokens, int* results)
    {
        for (var row = 0; row < 4; row++)
        {
            OneRow(weights + ((nint)row * k), k, activations, stride, sums, tokens, results + row);
        }
    }

    public static void OneRow(sbyte* weights, int k, sbyte* activations, int stride, int* sums, int tokens, int* results)
    {
        for (var token = 0; token < tokens; token++)
        {
            results[token * 4] = Tail(weights, activations + ((nint)token * stride), 0, k);
        }
    }

    /// <summary>The sum over values <paramref name="from"/> to <paramref name="k"/>: what a vector kernel leaves over.</summary>
    internal static int Tail(sbyte* weights, sbyte* activations, int from, int k)
    {
        var sum = 0;
        for (var i = from; i < k; i++)
        {
            sum += weights[i] * activations[i];
        }

        return sum;
    }
}
