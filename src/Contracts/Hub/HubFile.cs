using System.Security.Cryptography;
using System.Text;

namespace Octet.Contracts.Hub;

/// <summary>A file on the hub.</summary>
/// <param name="Path">Inside the repository.</param>
/// <param name="Size">Bytes; null when unknown.</param>
/// <param name="Sha256">Of files in large file storage; null for others.</param>
public sealed record HubFile(string Path, long? Size, string? Sha256)
{
    /// <summary>Git's name of the content: SHA-1 of "blob SIZE", a zero byte and the content. In large file storage it is that of the pointer. Null when unknown.</summary>
    public string? GitBlob { get; init; }

    /// <summary>The path as a part of an address.</summary>
    public string Address => string.Join('/', Path.Split('/').Select(Uri.EscapeDataString));

    /// <summary>Whether a file has the size that this one must have.</summary>
    internal bool HasSizeOf(string path)
    {
        // Through links, as the hub's own client makes them in its cache.
        using var handle = File.OpenHandle(path);
        return Size is null || RandomAccess.GetLength(handle) == Size;
    }

    /// <summary>What is wrong with the content; null when nothing is.</summary>
    internal async Task<string?> ProblemAsync(Stream content, CancellationToken cancellationToken)
    {
        var (name, expected) = Sha256 is null && GitBlob is not null ? (HashAlgorithmName.SHA1, GitBlob) : (HashAlgorithmName.SHA256, Sha256);
        using var hash = IncrementalHash.CreateHash(name);
        if (name == HashAlgorithmName.SHA1)
        {
            hash.AppendData(Encoding.ASCII.GetBytes(FormattableString.Invariant($"blob {content.Length}\0")));
        }

        content.Position = 0;
        var buffer = new byte[1 << 18];
        for (int read; (read = await content.ReadAsync(buffer, cancellationToken)) > 0;)
        {
            hash.AppendData(buffer.AsSpan(0, read));
        }

        var found = Convert.ToHexStringLower(hash.GetHashAndReset());
        return (Size is null || content.Length == Size) && (expected is null || expected == found)
            ? null
            : $"{content.Length} bytes with {name} {found} instead of {Size} bytes with {expected ?? "an unknown hash"}";
    }
}

/// <summary>How far a download is.</summary>
/// <param name="File">The file that comes now.</param>
/// <param name="Done">Bytes that are here.</param>
/// <param name="Total">Bytes of all files.</param>
public sealed record HubProgress(string File, long Done, long Total);
