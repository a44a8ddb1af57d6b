using Octet.Checkpoints.SafeTensors;

namespace Octet.Cli.Parity.Quantizer;

/// <summary>Reads scales by their bits.</summary>
internal static unsafe class ScaleValues
{
    public static bool AreFinite(DType type, byte* values, long count)
    {
        for (var i = 0L; i < count; i++)
        {
            if (!IsFinite(type, values + (i * type.Size())))
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsFinite(DType type, byte* value) => type switch
    {
        DType.BFloat16 => (*(ushort*)value & 0x7F80) != 0x7F80,
        DType.Float16 => Half.IsFinite(*(Half*)value),
        _ => float.IsFinite(*(float*)value),
    };
}
