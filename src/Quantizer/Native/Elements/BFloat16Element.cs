using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Octet.Checkpoints.SafeTensors;

namespace Octet.Quantizer.Native.Elements;

/// <summary>The upper half of a float.</summary>
internal readonly unsafe struct BFloat16Element : IElement
{
    public static DType DType => DType.BFloat16;

    public static int Size => 2;

    public static float Epsilon => 1f / (1 << 7);

    public static int FirstNonFiniteBits => 0x7F800000;

    public static float Load(byte* source) => BitConverter.UInt32BitsToSingle((uint)*(ushort*)source << 16);

    public static float Round(float value)
    {
        var bits = BitConverter.SingleToUInt32Bits(value);
        return BitConverter.UInt32BitsToSingle((bits + 0x7FFF + ((bits >> 16) & 1)) & 0xFFFF0000);
    }

    public static void Store(byte* destination, float value) => *(ushort*)destination = (ushort)(BitConverter.SingleToUInt32Bits(value) >> 16);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Load256(byte* source) => (Avx2.ConvertToVector256Int32((ushort*)source) << 16).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load512(byte* source) => (Avx512F.ConvertToVector512Int32(Vector256.Load((ushort*)source)) << 16).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> RoundQuotient(Vector256<float> value)
    {
        var bits = value.AsUInt32();
        var odd = (bits >> 16) & Vector256<uint>.One;
        return ((bits + odd + Vector256.Create(0x7FFFu)) & Vector256.Create(0xFFFF0000u)).AsSingle();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> RoundQuotient(Vector512<float> value)
    {
        var bits = value.AsUInt32();
        var odd = (bits >> 16) & Vector512<uint>.One;
        return ((bits + odd + Vector512.Create(0x7FFFu)) & Vector512.Create(0xFFFF0000u)).AsSingle();
    }
}
