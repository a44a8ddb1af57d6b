namespace Octet.Gateway.Routing;

/// <summary>One path of a server that can be reached through the gateway.</summary>
/// <param name="Method">The one method that passes.</param>
/// <param name="Path">Exactly what the server gets.</param>
/// <param name="Open">True when it needs no key.</param>
internal sealed record AllowedPath(string Method, string Path, bool Open = false)
{
    /// <summary>All of them. What is not here does not exist: control paths of vLLM (<c>/sleep</c>, <c>/wake_up</c>, <c>/collective_rpc</c>), adapters, profiling.</summary>
    public static IReadOnlyList<AllowedPath> All { get; } =
    [
        new("GET", "/v1/models"),
        new("POST", "/v1/completions"),
        new("POST", "/v1/chat/completions"),
        new("POST", "/tokenize"),
        new("POST", "/detokenize"),
        new("GET", "/version"),
        new("GET", "/load"),
        new("GET", "/octet/config"),
        new("GET", "/health", Open: true),
        new("GET", "/metrics", Open: true),
    ];
}
