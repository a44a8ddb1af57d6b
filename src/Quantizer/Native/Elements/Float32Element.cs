using System.Runtime.Intrinsics;
using Octet.Checkpoints.SafeTensors;

namespace Octet.Quantizer.Native.Elements;

/// <summary>IEEE single: nothing to round.</summary>
internal readonly unsafe struct Float32Element : IElement
{
    public static DType DType => DType.Float32;

    public static int Size => 4;

    public static float Epsilon => 1f / (1 << 23);

    public static int FirstNonFiniteBits => 0x7F800000;

    public static float Load(byte* source) => *(float*)source;

    public static float Round(float value) => value;

    public static void Store(byte* destination, float value) => *(float*)destination = value;

    public static Vector256<float> Load256(byte* source) => Vector256.Load((float*)source);

    public static Vector512<float> Load512(byte* source) => Vector512.Load((float*)source);

    public static Vector256<float> RoundQuotient(Vector256<float> value) => value;

    public static Vector512<float> RoundQuotient(Vector512<float> value) => value;
}
