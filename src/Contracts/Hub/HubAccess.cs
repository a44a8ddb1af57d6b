using Octet.Contracts.Runs;

namespace Octet.Contracts.Hub;

/// <summary>Where the Hugging Face hub is and what of it is kept here. HF_ENDPOINT, HF_HOME, HF_HUB_CACHE, HF_TOKEN and HF_HUB_OFFLINE mean what they
/// mean to the hub's own client.</summary>
/// <param name="Endpoint">The hub.</param>
/// <param name="Cache">Cache folder (HF_HOME/hub).</param>
/// <param name="Token">Access token; null for none.</param>
/// <param name="Offline">Only what the cache holds.</param>
public sealed record HubAccess(Uri Endpoint, string Cache, string? Token, bool Offline)
{
    /// <summary>Where the token comes from, never the token; null when there is none.</summary>
    public string? TokenSource { get; init; }

    /// <param name="variable">Reads an environment variable.</param>
    /// <exception cref="OctetException">Kind Usage: HF_ENDPOINT is not an http address.</exception>
    public static HubAccess FromEnvironment(Func<string, string?> variable)
    {
        ArgumentNullException.ThrowIfNull(variable);
        var home = Given("HF_HOME") ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache", "huggingface");
        var endpoint = Given("HF_ENDPOINT") ?? "https://huggingface.co";
        var file = Path.Combine(home, "token");
        var (token, source) = Given("HF_TOKEN")?.Trim() is { Length: > 0 } own ? (own, "HF_TOKEN") : TokenFile(file) is { } kept ? (kept, file) : (null, (string?)null);
        return new HubAccess(
            Uri.TryCreate(endpoint.TrimEnd('/') + "/", UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" ? uri : throw new OctetException(FailureKind.Usage, $"HF_ENDPOINT '{endpoint}' is not an http address"),
            Given("HF_HUB_CACHE") ?? Path.Combine(home, "hub"),
            token,
            Given("HF_HUB_OFFLINE") is "1" or "true" or "TRUE")
        { TokenSource = source };

        string? Given(string name) => variable(name) is { Length: > 0 } value ? value : null;
    }

    /// <summary>Folder of a repository in the cache.</summary>
    /// <param name="kind">models or datasets.</param>
    /// <param name="id">Like org/name.</param>
    public string Store(string kind, string id)
    {
        ArgumentNullException.ThrowIfNull(id);
        return Path.Combine(Cache, $"{kind}--{id.Replace("/", "--", StringComparison.Ordinal)}");
    }

    private static string? TokenFile(string path)
    {
        try
        {
            return File.Exists(path) && File.ReadAllText(path).Trim() is { Length: > 0 } token ? token : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
