namespace Octet.AppHost.Resources;

/// <summary>The compressed model in the data root: <c>models/NAME-HASH</c>, where the hash follows from model and recipe. It appears only when complete.</summary>
/// <param name="models">Full path of the folder of compressed models.</param>
/// <param name="name">Name without the hash.</param>
internal sealed class Artefact(string models, string name)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary>For messages.</summary>
    public string Pattern => Path.Combine(models, name + "-*");

    /// <summary>Full path of the newest complete checkpoint; null while there is none.</summary>
    public string? Newest => Directory.Exists(models)
        ? new DirectoryInfo(models).EnumerateDirectories(name + "-*")
            .Where(folder => File.Exists(Path.Combine(folder.FullName, "config.json")))
            .MaxBy(folder => folder.LastWriteTimeUtc)?.FullName
        : null;

    /// <summary>Ends when there is a complete checkpoint.</summary>
    public async Task WaitAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Interval);
        while (Newest is null)
        {
            await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false);
        }
    }
}
