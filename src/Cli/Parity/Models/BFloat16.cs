namespace Octet.Cli.Parity.Models;

/// <summary>The upper half of an FP32 value.</summary>
internal static class BFloat16
{
    public static float ToSingle(ushort bits) => BitConverter.UInt32BitsToSingle((uint)bits << 16);

    /// <summary>The bits of a value that has been rounded to BF16 already.</summary>
    public static ushort ToBits(float rounded) => (ushort)(BitConverter.SingleToUInt32Bits(rounded) >> 16);
}
