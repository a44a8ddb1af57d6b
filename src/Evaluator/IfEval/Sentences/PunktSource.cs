using Octet.Contracts.Hub;
using Octet.Contracts.Runs;
using Octet.Evaluator.Data;

namespace Octet.Evaluator.IfEval.Sentences;

/// <summary>An archive with punkt's parameters.</summary>
/// <param name="Server">Base address; nltk's repository lies below it.</param>
/// <param name="File">Size and SHA-256 of the zip.</param>
/// <param name="Content">Hash of the parameters in it, as <see cref="PunktParameters"/> makes it.</param>
public sealed record PunktArchive(Uri Server, HubFile File, string Content)
{
    /// <summary>Revision of nltk_data.</summary>
    public const string Revision = "550b6625bcef1f2abff2ff770a5a0d272c9c6b2a";

    /// <summary>The one that nltk publishes.</summary>
    public static PunktArchive Published { get; } = new(
        new Uri("https://raw.githubusercontent.com"),
        new HubFile("packages/tokenizers/punkt_tab.zip", 4_319_076, "e57f64187974277726a3417ca6f181ec5403676c717672eef6a748a7b20e0106"),
        PunktParameters.ContentHash);

    /// <summary>Where the archive is below the server.</summary>
    public string Address => $"nltk/nltk_data/{Revision}/{File.Path}";
}

/// <summary>Punkt's parameters from the user's disk, else from nltk's repository: fetched once, checked, and kept in the hub's cache.</summary>
/// <param name="archive">What is fetched.</param>
/// <param name="cache">The hub's cache folder.</param>
/// <param name="offline">Only what is on the disk.</param>
/// <param name="time">For waits between attempts.</param>
/// <param name="progress">Hears of the download; null for nobody.</param>
public sealed class PunktSource(PunktArchive archive, string cache, bool offline, TimeProvider time, Action<FetchProgress>? progress)
{
    /// <summary>Base address instead of the public one.</summary>
    public const string ServerVariable = "OCTET_NLTK_ENDPOINT";

    /// <param name="variable">Reads an environment variable.</param>
    /// <param name="time">For waits between attempts.</param>
    /// <param name="progress">Hears of the download; null for nobody.</param>
    /// <exception cref="OctetException">Kind Usage: the address is none.</exception>
    public static PunktSource FromEnvironment(Func<string, string?> variable, TimeProvider time, Action<FetchProgress>? progress)
    {
        ArgumentNullException.ThrowIfNull(variable);
        var archive = variable(ServerVariable) is not { Length: > 0 } given ? PunktArchive.Published
            : Uri.TryCreate(given, UriKind.Absolute, out var server) && server.Scheme is "http" or "https" ? PunktArchive.Published with { Server = server }
            : throw new OctetException(FailureKind.Usage, $"{ServerVariable} '{given}' is not an http address");
        var access = HubAccess.FromEnvironment(variable);
        return new PunktSource(archive, access.Cache, access.Offline, time, progress);
    }

    /// <param name="places">Where the parameters may lie already.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="OctetException">Kind Dataset: they are nowhere, cannot be fetched, or are others.</exception>
    public async Task<PunktParameters> LoadAsync(IEnumerable<string> places, CancellationToken cancellationToken)
    {
        if (PunktParameters.Find(places) is { } found)
        {
            return found;
        }

        var kept = Path.Combine(cache, "datasets--nltk--nltk_data", "snapshots", PunktArchive.Revision, archive.File.Path);
        if (!File.Exists(kept))
        {
            if (offline)
            {
                throw new OctetException(FailureKind.Dataset, $"punkt's parameters are not in {kept} and HF_HUB_OFFLINE is set");
            }

            var server = new HubAccess(new Uri(archive.Server.ToString().TrimEnd('/') + "/"), cache, Token: null, offline);
            using var downloads = new HubDownloads(server, FailureKind.Dataset, time) { Server = "nltk's data on", Advice = $"set {ServerVariable} to a mirror" };
            await downloads.FetchAsync(archive.Address, archive.File, kept, bytes => progress?.Invoke(new FetchProgress("nltk_data", archive.File.Path, bytes, archive.File.Size)), cancellationToken);
        }

        return PunktParameters.Load(kept, archive.Content);
    }
}
