using System.Runtime.InteropServices;

namespace Octet.Inference.KvCache;

/// <summary>Keys and values of all layers in blocks of a fixed number of positions, FP32: keys [layer][block][kv head][head dim][position],
/// so that scores of many positions are computed side by side; values [layer][block][kv head][position][head dim].</summary>
public sealed unsafe class KvStorage : IDisposable
{
    /// <summary>Values after the last block that a kernel may read and ignore.</summary>
    private const int Slack = 16;
    private readonly nint _blockValues;
    private readonly int _headValues;
    private float* _keys;
    private float* _values;

    public KvStorage(int layers, int blocks, int blockSize, int kvHeads, int headDim)
    {
        Blocks = blocks;
        BlockSize = blockSize;
        _headValues = blockSize * headDim;
        _blockValues = (nint)kvHeads * _headValues;
        HeadDim = headDim;
        Bytes = 2L * layers * blocks * _blockValues * sizeof(float);
        var bytes = checked((nuint)((Bytes / 2) + (Slack * sizeof(float))));
        _keys = (float*)NativeMemory.AlignedAlloc(bytes, 64);
        _values = (float*)NativeMemory.AlignedAlloc(bytes, 64);
    }

    public int Blocks { get; }

    public int BlockSize { get; }

    public int HeadDim { get; }

    /// <summary>Bytes of keys and values together.</summary>
    public long Bytes { get; }

    /// <summary>Bytes of one block over all layers.</summary>
    public static long BytesPerBlock(int layers, int blockSize, int kvHeads, int headDim) => 2L * layers * blockSize * kvHeads * headDim * sizeof(float);

    /// <summary>Keys of one head in one block: [head dim][position].</summary>
    public float* Keys(int layer, int block, int kvHead) => _keys + Offset(layer, block, kvHead);

    /// <summary>Values of one head in one block: [position][head dim].</summary>
    public float* Values(int layer, int block, int kvHead) => _values + Offset(layer, block, kvHead);

    public void Dispose()
    {
        NativeMemory.AlignedFree(_keys);
        NativeMemory.AlignedFree(_values);
        _keys = _values = null;
    }

    private nint Offset(int layer, int block, int kvHead) => ((((nint)layer * Blocks) + block) * _blockValues) + ((nint)kvHead * _headValues);
}
