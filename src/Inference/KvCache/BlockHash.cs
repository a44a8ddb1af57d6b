using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace Octet.Inference.KvCache;

/// <summary>Identity of a full block: SHA-256 (first 128 bits) over the hash of the block before it and its own token ids.</summary>
public readonly record struct BlockHash(UInt128 Value)
{
    /// <summary>What the first block of a sequence follows.</summary>
    /// <param name="salt">Null for the common root.</param>
    public static BlockHash Root(string? salt) => salt is null ? default : Next(default, MemoryMarshal.Cast<byte, int>(SHA256.HashData(Encoding.UTF8.GetBytes(salt))));

    /// <summary>Hash of the block that holds <paramref name="tokens"/> after a block with hash <paramref name="previous"/>.</summary>
    /// <param name="previous"><see cref="Root"/> for the first block.</param>
    /// <param name="tokens">Ids of one full block.</param>
    public static BlockHash Next(BlockHash previous, ReadOnlySpan<int> tokens)
    {
        Span<byte> input = stackalloc byte[16 + (tokens.Length * sizeof(int))];
        BinaryPrimitives.WriteUInt128LittleEndian(input, previous.Value);
        MemoryMarshal.AsBytes(tokens).CopyTo(input[16..]);
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(input, hash);
        return new BlockHash(BinaryPrimitives.ReadUInt128LittleEndian(hash));
    }
}
