using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Octet.Checkpoints.SafeTensors;

namespace Octet.Quantizer.Native.Elements;

/// <summary>IEEE half. Vectors shift the bits into a float and scale by 2^112, which is exact for normal and subnormal values; infinities
/// and NaN become 65536 and more.</summary>
internal readonly unsafe struct Float16Element : IElement
{
    private const uint Sign = 0x8000_0000;
    private const float Rebias = 5.192296858534828e33f;

    public static DType DType => DType.Float16;

    public static int Size => 2;

    public static float Epsilon => 1f / (1 << 10);

    public static int FirstNonFiniteBits => 0x47800000;

    public static float Load(byte* source) => (float)*(Half*)source;

    public static float Round(float value) => (float)(Half)value;

    public static void Store(byte* destination, float value) => *(Half*)destination = (Half)value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Load256(byte* source)
    {
        var wide = Avx2.ConvertToVector256Int32((ushort*)source).AsUInt32() << 13;
        var magnitude = (wide & Vector256.Create(0x0FFFE000u)).AsSingle() * Vector256.Create(Rebias);
        return (magnitude.AsUInt32() | ((wide << 3) & Vector256.Create(Sign))).AsSingle();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load512(byte* source)
    {
        var wide = Avx512F.ConvertToVector512Int32(Vector256.Load((ushort*)source)).AsUInt32() << 13;
        var magnitude = (wide & Vector512.Create(0x0FFFE000u)).AsSingle() * Vector512.Create(Rebias);
        return (magnitude.AsUInt32() | ((wide << 3) & Vector512.Create(Sign))).AsSingle();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> RoundQuotient(Vector256<float> value)
    {
        var bits = value.AsUInt32();
        var odd = (bits >> 13) & Vector256<uint>.One;
        return ((bits + odd + Vector256.Create(0xFFFu)) & Vector256.Create(0xFFFFE000u)).AsSingle();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> RoundQuotient(Vector512<float> value)
    {
        var bits = value.AsUInt32();
        var odd = (bits >> 13) & Vector512<uint>.One;
        return ((bits + odd + Vector512.Create(0xFFFu)) & Vector512.Create(0xFFFFE000u)).AsSingle();
    }
}
