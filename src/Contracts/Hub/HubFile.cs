namespace Octet.Contracts.Hub;

/// <summary>A file on the hub.</summary>
/// <param name="Path">Inside the repository.</param>
/// <param name="Size">Bytes; null when unknown.</param>
/// <param name="Sha256">Of files in large file storage; null for others.</param>
public sealed record HubFile(string Path, long? Size, string? Sha256)
{
    /// <summary>The path as a part of an address.</summary>
    public string Address => string.Join('/', Path.Split('/').Select(Uri.EscapeDataString));
}

/// <summary>How far a download is.</summary>
/// <param name="File">The file that comes now.</param>
/// <param name="Done">Bytes that are here.</param>
/// <param name="Total">Bytes of all files.</param>
public sealed record HubProgress(string File, long Done, long Total);
