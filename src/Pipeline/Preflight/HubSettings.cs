namespace Octet.Pipeline.Preflight;

/// <summary>The Hugging Face hub as its own tools find it.</summary>
public static class HubSettings
{
    /// <summary>HF_ENDPOINT, or the public hub.</summary>
    public static Uri Endpoint => Uri.TryCreate(Environment.GetEnvironmentVariable("HF_ENDPOINT"), UriKind.Absolute, out var own) && own.Scheme is "http" or "https" ? own : new Uri("https://huggingface.co");

    /// <summary>HF_HOME, or its default.</summary>
    public static string Home => Environment.GetEnvironmentVariable("HF_HOME") is { Length: > 0 } home
        ? home
        : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache", "huggingface");

    /// <summary>Where the token comes from, never the token; null when there is none.</summary>
    public static string? TokenSource
    {
        get
        {
            var file = Path.Combine(Home, "token");
            return Environment.GetEnvironmentVariable("HF_TOKEN") is { Length: > 0 } ? "HF_TOKEN" : File.Exists(file) ? file : null;
        }
    }
}
