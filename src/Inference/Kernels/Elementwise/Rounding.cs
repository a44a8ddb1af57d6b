using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Octet.Inference.Kernels.Elementwise;

/// <summary>Rounds FP32 values in place to the values that a narrower type has, to nearest even.</summary>
public static class Rounding
{
    /// <param name="values">Rounded in place.</param>
    /// <param name="type">Float32 leaves them alone. Auto is not a type.</param>
    public static void Round(Span<float> values, ComputeDtype type)
    {
        switch (type)
        {
            case ComputeDtype.BFloat16:
                RoundToBFloat16(MemoryMarshal.Cast<float, uint>(values));
                break;
            case ComputeDtype.Float16:
                RoundToHalf(values);
                break;
            case ComputeDtype.Float32:
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(type), type, "a resolved type is needed");
        }
    }

    /// <summary>One value.</summary>
    public static float Round(float value, ComputeDtype type)
    {
        Span<float> one = [value];
        Round(one, type);
        return one[0];
    }

    /// <summary>Four values.</summary>
    internal static Vector128<float> RoundToBFloat16(Vector128<float> values)
    {
        var bits = values.AsUInt32();
        var rounded = (bits + Vector128.Create(0x7FFFu) + ((bits >>> 16) & Vector128<uint>.One)) & Vector128.Create(0xFFFF0000u);
        var quiet = (bits | Vector128.Create(0x00400000u)) & Vector128.Create(0xFFFF0000u);
        return Vector128.ConditionalSelect(Vector128.IsNaN(values).AsUInt32(), quiet, rounded).AsSingle();
    }

    private static void RoundToBFloat16(Span<uint> bits)
    {
        var i = 0;
        for (; i + Vector256<uint>.Count <= bits.Length; i += Vector256<uint>.Count)
        {
            var value = Vector256.Create<uint>(bits[i..]);
            var rounded = (value + Vector256.Create(0x7FFFu) + ((value >>> 16) & Vector256<uint>.One)) & Vector256.Create(0xFFFF0000u);
            var isNaN = Vector256.GreaterThan(value & Vector256.Create(0x7FFFFFFFu), Vector256.Create(0x7F800000u));
            Vector256.ConditionalSelect(isNaN, (value | Vector256.Create(0x00400000u)) & Vector256.Create(0xFFFF0000u), rounded).CopyTo(bits[i..]);
        }

        for (; i < bits.Length; i++)
        {
            var value = bits[i];
            bits[i] = (value & 0x7FFFFFFF) > 0x7F800000
                ? (value | 0x00400000) & 0xFFFF0000
                : (value + 0x7FFF + ((value >> 16) & 1)) & 0xFFFF0000;
        }
    }

    private static void RoundToHalf(Span<float> values)
    {
        Span<Half> halves = stackalloc Half[256];
        for (var i = 0; i < values.Length; i += halves.Length)
        {
            var part = values[i..Math.Min(values.Length, i + halves.Length)];
            TensorPrimitives.ConvertToHalf(part, halves);
            TensorPrimitives.ConvertToSingle(halves[..part.Length], part);
        }
    }
}
