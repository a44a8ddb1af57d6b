namespace Octet.AppHost.Resources;

/// <summary>Garnet as a .NET tool: the queue where there is no container engine. Loopback only.</summary>
/// <param name="name">Name of the resource and of its connection string.</param>
/// <param name="password">Given in a file that only this user can read.</param>
public sealed class GarnetResource(string name, ParameterResource password) : DotnetToolResource(name, "garnet-server"), IResourceWithConnectionString
{
    internal const string Version = "2.2.8";
    internal const string EndpointName = "tcp";

    private EndpointReference? _endpoint;

    public EndpointReference Endpoint => _endpoint ??= new EndpointReference(this, EndpointName);

    public ParameterResource Password { get; } = password;

    /// <summary>As StackExchange.Redis and the Python workers read it.</summary>
    public ReferenceExpression ConnectionStringExpression =>
        ReferenceExpression.Create($"{Endpoint.Property(EndpointProperty.HostAndPort)},password={Password}");
}
