using Octet.Checkpoints.SafeTensors;
using Octet.Quantizer.Native.Elements;

namespace Octet.Quantizer.Native.Kernels;

/// <summary>Symmetric round-to-nearest of rows to 8 bits, one scale a row, with the arithmetic of compressed-tensors.</summary>
public abstract unsafe class RowQuantizer
{
    /// <summary>Environment variable that forces an instruction set: scalar, avx2 or avx512; the engine's other names mean the nearest of them.</summary>
    public const string ForceVariable = "OCTET_ISA";

    private static readonly RowQuantizer[] Known =
    [
        .. Of<Avx512RowKernel>("avx512"),
        .. Of<Avx2RowKernel>("avx2"),
        .. Of<ScalarRowKernel>("scalar"),
    ];

    /// <summary>Name of the instruction set.</summary>
    public abstract string Isa { get; }

    /// <summary>Type of the weights and of their scales.</summary>
    public abstract DType DType { get; }

    public abstract bool IsSupported { get; }

    /// <summary>Every kernel that this processor runs for a type, in order of preference.</summary>
    public static IReadOnlyList<RowQuantizer> Supported(DType type) => [.. Known.Where(kernel => kernel.DType == type && kernel.IsSupported)];

    /// <summary>The first supported kernel or the asked one; null for a type that is not quantized.</summary>
    /// <param name="type">Type of the weights.</param>
    /// <param name="forced">Value of <see cref="ForceVariable"/>; null, empty or a set that has no kernel here for the best.</param>
    public static RowQuantizer? Choose(DType type, string? forced)
    {
        var wanted = forced == "avxvnni" ? "avx2" : forced?.Split('+')[0];
        return Array.Find(Known, kernel => kernel.DType == type && kernel.IsSupported && kernel.Isa == wanted)
            ?? Array.Find(Known, kernel => kernel.DType == type && kernel.IsSupported);
    }

    /// <summary>Quantizes rows.</summary>
    /// <param name="weights">[rows, columns] of <see cref="DType"/>.</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="columns">Elements of a row.</param>
    /// <param name="codes">[rows, columns].</param>
    /// <param name="scales">[rows] of <see cref="DType"/>.</param>
    /// <returns>The first row that holds NaN or infinity, where it stopped; -1 when all went well.</returns>
    public abstract int Quantize(byte* weights, int rows, int columns, sbyte* codes, byte* scales);

    private static RowQuantizer[] Of<TKernel>(string isa)
        where TKernel : struct, IRowKernel =>
        [new RowQuantizer<BFloat16Element, TKernel>(isa), new RowQuantizer<Float16Element, TKernel>(isa), new RowQuantizer<Float32Element, TKernel>(isa)];
}

/// <summary>Binds a type to a kernel, so that each call is direct.</summary>
internal sealed unsafe class RowQuantizer<TElement, TKernel>(string isa) : RowQuantizer
    where TElement : struct, IElement
    where TKernel : struct, IRowKernel
{
    /// <summary>Half the distance from -128 to 127.</summary>
    private const float HalfRange = 127.5f;

    public override string Isa => isa;

    public override DType DType => TElement.DType;

    public override bool IsSupported => TKernel.IsSupported;

    public override int Quantize(byte* weights, int rows, int columns, sbyte* codes, byte* scales)
    {
        for (var row = 0; row < rows; row++)
        {
            var source = weights + ((long)row * columns * TElement.Size);
            var largest = TKernel.LargestMagnitudeBits<TElement>(source, columns);
            if (largest >= TElement.FirstNonFiniteBits)
            {
                return row;
            }

            var scale = TElement.Round(BitConverter.Int32BitsToSingle(largest) / HalfRange);
            scale = scale == 0 ? TElement.Epsilon : scale;
            TElement.Store(scales + (row * TElement.Size), scale);
            TKernel.Quantize<TElement>(source, columns, scale, codes + ((long)row * columns));
        }

        return -1;
    }
}
