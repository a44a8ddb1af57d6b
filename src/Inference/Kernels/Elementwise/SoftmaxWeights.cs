using System.Numerics.Tensors;
using System.Runtime.Intrinsics;

namespace Octet.Inference.Kernels.Elementwise;

/// <summary>The unnormalized weights of a softmax and their sum, in the order and with the exponential of vLLM's CPU attention. Both reach
/// only the last bits of FP32, but the rounding that follows has ties, and a tie that turns is seen in every later token.</summary>
public static class SoftmaxWeights
{
    private const int Lanes = 16;
    private const float Log2E = 1.44269502f;
    private const float Ln2 = 0.693147182f;

    /// <summary>Below it the exponential is no normal number and counts as 0.</summary>
    private const float SmallestExponent = -87.3365479f;

    /// <summary>Each score becomes the exponential of its distance to the highest one.</summary>
    /// <param name="scores">Scores of consecutive positions; changed in place.</param>
    /// <param name="first">Position of the first score: a position's weight is summed in lane position mod 16.</param>
    /// <param name="carry">With 16 bits the exponential is a polynomial of degree 5, otherwise exact to FP32.</param>
    /// <returns>The sum of the weights.</returns>
    public static float Apply(Span<float> scores, int first, ComputeDtype carry)
    {
        var highest = Vector512.Create(TensorPrimitives.Max<float>(scores));
        var sum = Vector512<float>.Zero;
        Span<float> partial = stackalloc float[Lanes];
        for (var start = -(first % Lanes); start < scores.Length; start += Lanes)
        {
            var (from, to) = (Math.Max(start, 0), Math.Min(start + Lanes, scores.Length));
            if (to - from == Lanes)
            {
                var weights = Exponential(Vector512.Create<float>(scores[from..]) - highest, carry);
                weights.CopyTo(scores[from..]);
                sum += weights;
                continue;
            }

            partial.Fill(float.NegativeInfinity);
            scores[from..to].CopyTo(partial[(from - start)..]);
            var masked = Exponential(Vector512.Create<float>(partial) - highest, carry);
            masked.CopyTo(partial);
            partial[(from - start)..(to - start)].CopyTo(scores[from..to]);
            sum += masked;
        }

        return Sum(sum);
    }

    private static Vector512<float> Exponential(Vector512<float> x, ComputeDtype carry) =>
        carry == ComputeDtype.Float32 ? Vector512.Exp(x) : Polynomial(x);

    /// <summary>2^n times a polynomial in the rest, relative error at most 1e-6 (the coefficients of PyTorch's exp_u20).</summary>
    private static Vector512<float> Polynomial(Vector512<float> x)
    {
        var clamped = Vector512.Max(x, Vector512.Create(SmallestExponent));
        var n = Vector512.Floor(Vector512.FusedMultiplyAdd(clamped, Vector512.Create(Log2E), Vector512.Create(0.5f)));
        var rest = Vector512.FusedMultiplyAdd(-n, Vector512.Create(Ln2), clamped);
        var y = Vector512.FusedMultiplyAdd(rest, Vector512.Create(0.00828929059f), Vector512.Create(0.0418978221f));
        y = Vector512.FusedMultiplyAdd(rest, y, Vector512.Create(0.166676521f));
        y = Vector512.FusedMultiplyAdd(rest, y, Vector512.Create(0.499991506f));
        y = Vector512.FusedMultiplyAdd(rest, y, Vector512.Create(0.999999701f));
        y = Vector512.FusedMultiplyAdd(rest, y, Vector512<float>.One);
        var power = ((Vector512.ConvertToInt32(n) + Vector512.Create(127)) << 23).AsSingle();
        return Vector512.ConditionalSelect(Vector512.LessThan(x, Vector512.Create(SmallestExponent)), Vector512<float>.Zero, y * power);
    }

    /// <summary>Halves are added until one value is left.</summary>
    private static float Sum(Vector512<float> values)
    {
        var eight = values.GetLower() + values.GetUpper();
        var four = eight.GetLower() + eight.GetUpper();
        return four[0] + four[2] + (four[1] + four[3]);
    }
}
