using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Octet.Pipeline.Cache;

/// <summary>Identities for the stage cache.</summary>
public static class ContentHash
{
    private const long WholeUpTo = 1L << 30;

    /// <summary>SHA-256 of texts, in hexadecimal; the parts cannot run into each other.</summary>
    public static string Of(params ReadOnlySpan<string> parts)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> length = stackalloc byte[8];
        foreach (var part in parts)
        {
            var bytes = Encoding.UTF8.GetBytes(part);
            BinaryPrimitives.WriteInt64LittleEndian(length, bytes.Length);
            hash.AppendData(length);
            hash.AppendData(bytes);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>SHA-256 over paths, sizes and times of change of every file below a folder, without reading them.</summary>
    public static string OfListing(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        var directory = new DirectoryInfo(folder);
        return directory.Exists
            ? Of([folder, .. directory.EnumerateFiles("*", SearchOption.AllDirectories).OrderBy(file => file.FullName, StringComparer.Ordinal)
                .Select(file => string.Create(CultureInfo.InvariantCulture, $"{file.FullName} {file.Length} {file.LastWriteTimeUtc.Ticks}"))])
            : Of("missing", folder);
    }

    /// <summary>SHA-256 of a file, in hexadecimal.</summary>
    public static string OfFile(string path)
    {
        using var stream = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }

    /// <summary>SHA-256 over names and contents of a folder's files. Above 1 GiB in all: names, sizes and times of change.</summary>
    public static Task<string> OfFolderAsync(string folder, CancellationToken cancellationToken) => Task.Run(() => OfFolder(folder), cancellationToken);

    /// <inheritdoc cref="OfFolderAsync"/>
    public static string OfFolder(string folder)
    {
        var files = new DirectoryInfo(folder).EnumerateFiles().OrderBy(file => file.Name, StringComparer.Ordinal).ToList();
        var whole = files.Sum(file => file.Length) <= WholeUpTo;
        return Of([.. files.SelectMany(file => (string[])[file.Name, whole ? OfFile(file.FullName) : string.Create(CultureInfo.InvariantCulture, $"{file.Length} {file.LastWriteTimeUtc.Ticks}")])]);
    }
}
