using Microsoft.Extensions.Primitives;
using Yarp.ReverseProxy.Configuration;

namespace Octet.Gateway.Routing;

/// <summary>Routes <c>/base/...</c> and <c>/compressed/...</c> to the two servers. Only an allow-list of paths passes: control paths of vLLM
/// (<c>/sleep</c>, <c>/wake_up</c>, <c>/collective_rpc</c>) do not exist here.</summary>
public sealed class GatewayRoutes : IProxyConfigProvider
{
    private static readonly string[] Paths = ["v1/{**rest}", "health", "metrics", "version", "load", "tokenize", "detokenize", "octet/config"];
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Uri> _servers = new(StringComparer.Ordinal);
    private volatile Snapshot _current = new([], []);

    /// <summary>Points a variant at a server; null takes it away.</summary>
    /// <param name="variant">base or compressed.</param>
    /// <param name="server">Address without a path.</param>
    public void Set(string variant, Uri? server)
    {
        ArgumentException.ThrowIfNullOrEmpty(variant);
        lock (_lock)
        {
            if (server is null)
            {
                _servers.Remove(variant);
            }
            else
            {
                _servers[variant] = server;
            }

            var previous = _current;
            _current = new Snapshot([.. _servers.Keys.SelectMany(Routes)], [.. _servers.Select(entry => Cluster(entry.Key, entry.Value))]);
            previous.Change();
        }
    }

    public IProxyConfig GetConfig() => _current;

    private static IEnumerable<RouteConfig> Routes(string variant) => Paths.Select((path, i) => new RouteConfig
    {
        RouteId = $"{variant}-{i}",
        ClusterId = variant,
        Match = new RouteMatch { Path = $"/{variant}/{path}" },
        Transforms = [new Dictionary<string, string> { ["PathRemovePrefix"] = "/" + variant }],
    });

    private static ClusterConfig Cluster(string variant, Uri server) => new()
    {
        ClusterId = variant,
        Destinations = new Dictionary<string, DestinationConfig> { ["server"] = new() { Address = server.ToString() } },
        HttpRequest = new() { ActivityTimeout = TimeSpan.FromMinutes(30), AllowResponseBuffering = false },
        HttpClient = new() { MaxConnectionsPerServer = 4096 },
    };

    private sealed class Snapshot : IProxyConfig
    {
        private readonly ConfigurationReloadToken _changed = new();

        public Snapshot(IReadOnlyList<RouteConfig> routes, IReadOnlyList<ClusterConfig> clusters)
        {
            Routes = routes;
            Clusters = clusters;
            ChangeToken = _changed;
        }

        public IReadOnlyList<RouteConfig> Routes { get; }

        public IReadOnlyList<ClusterConfig> Clusters { get; }

        public IChangeToken ChangeToken { get; }

        public void Change() => _changed.OnReload();
    }
}
