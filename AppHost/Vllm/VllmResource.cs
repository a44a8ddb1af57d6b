using Octet.AppHost.Settings;

namespace Octet.AppHost.Vllm;

/// <summary>One vLLM server in a container: OpenAI's protocol on endpoint <c>http</c>.</summary>
/// <param name="name">Name of the resource.</param>
/// <param name="variant">base or compressed.</param>
public sealed class VllmResource(string name, string variant) : ContainerResource(name), IResourceWithServiceDiscovery
{
    internal const string HttpEndpointName = "http";
    internal const int Port = 8000;

    private EndpointReference? _http;

    /// <summary>base or compressed: <see cref="Variants"/>.</summary>
    public string Variant { get; } = variant;

    public EndpointReference Http => _http ??= new EndpointReference(this, HttpEndpointName);
}
