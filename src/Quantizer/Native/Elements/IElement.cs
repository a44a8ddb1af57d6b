using System.Runtime.Intrinsics;
using Octet.Checkpoints.SafeTensors;

namespace Octet.Quantizer.Native.Elements;

/// <summary>A type of unquantized weights. Little-endian, as in the file.</summary>
internal unsafe interface IElement
{
    static abstract DType DType { get; }

    /// <summary>Bytes.</summary>
    static abstract int Size { get; }

    /// <summary>The type's machine epsilon: the scale of a row whose own scale is zero.</summary>
    static abstract float Epsilon { get; }

    /// <summary>Bits of the smallest loaded magnitude that no finite value has.</summary>
    static abstract int FirstNonFiniteBits { get; }

    /// <summary>Exact value.</summary>
    static abstract float Load(byte* source);

    /// <summary>Nearest value of the type, ties to even.</summary>
    static abstract float Round(float value);

    /// <summary>Stores a value that the type holds exactly.</summary>
    static abstract void Store(byte* destination, float value);

    static abstract Vector256<float> Load256(byte* source);

    static abstract Vector512<float> Load512(byte* source);

    /// <summary>As <see cref="Round"/> for magnitudes from 2^-14 to 2^15; smaller ones may keep more digits, which changes no code.</summary>
    static abstract Vector256<float> RoundQuotient(Vector256<float> value);

    /// <inheritdoc cref="RoundQuotient(Vector256{float})"/>
    static abstract Vector512<float> RoundQuotient(Vector512<float> value);
}
