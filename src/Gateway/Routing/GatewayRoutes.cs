using Microsoft.Extensions.Primitives;
using Yarp.ReverseProxy.Configuration;

namespace Octet.Gateway.Routing;

/// <summary>
/// Routes <c>/base/...</c> and <c>/compressed/...</c> to the two servers. Only listed paths pass, and a server gets the path as it is listed,
/// not as it was written: encodings, dots and double slashes of a request cannot reach anything else.
/// </summary>
public sealed class GatewayRoutes : IProxyConfigProvider
{
    internal const string OpenMetadata = "Open";
    internal const string PathMetadata = "Path";
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Uri> _servers = new(StringComparer.Ordinal);
    private readonly TimeSpan _activityTimeout;
    private volatile Snapshot _current = new([], []);

    public GatewayRoutes(GatewayOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _activityTimeout = options.ActivityTimeout;
        foreach (var (variant, address) in Variants.Zip([options.Base, options.Compressed]))
        {
            Set(variant, address.Length == 0 ? null : new Uri(address));
        }
    }

    /// <summary>First segments of the paths.</summary>
    public static IReadOnlyList<string> Variants { get; } = ["base", "compressed"];

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

    private static IEnumerable<RouteConfig> Routes(string variant) => AllowedPath.All.Select(allowed => new RouteConfig
    {
        RouteId = variant + allowed.Path,
        ClusterId = variant,
        Match = new RouteMatch { Path = $"/{variant}{allowed.Path}", Methods = [allowed.Method] },
        Metadata = new Dictionary<string, string> { [OpenMetadata] = allowed.Open.ToString(), [PathMetadata] = allowed.Path },
        Transforms = [new Dictionary<string, string> { ["PathSet"] = allowed.Path }],
    });

    private ClusterConfig Cluster(string variant, Uri server) => new()
    {
        ClusterId = variant,
        Destinations = new Dictionary<string, DestinationConfig> { ["server"] = new() { Address = server.ToString() } },
        HttpRequest = new() { ActivityTimeout = _activityTimeout, AllowResponseBuffering = false },
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
