using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Octet.Checkpoints;
using Octet.InferenceServer.Http;

namespace Octet.InferenceServer.Hosting;

/// <summary>A model behind HTTP: engine and Kestrel, started and stopped together.</summary>
public sealed class OpenAiServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private OpenAiServer(WebApplication app, ServedModel model, Uri url)
    {
        _app = app;
        Model = model;
        Url = url;
    }

    public ServedModel Model { get; }

    public Uri Url { get; }

    /// <summary>Loads the model and listens.</summary>
    /// <exception cref="CheckpointException">The model folder cannot be used.</exception>
    /// <exception cref="ServerStartException">The address cannot be listened on.</exception>
    public static async Task<OpenAiServer> StartAsync(ServeOptions options, Action<WebApplicationBuilder>? configure, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.SetMinimumLevel(LogLevel.Warning);

        // A failed start is thrown to the caller, who says it in one line.
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = 64L << 20;
            kestrel.Listen(Address(options.Host), options.Port);
        });
        configure?.Invoke(builder);
        var model = new ServedModel(options, TimeProvider.System);
        var app = builder.Build();
        try
        {
            app.MapOpenAi(model, options.ApiKey);
            await app.StartAsync(cancellationToken);
        }
        catch (Exception exception)
        {
            await app.DisposeAsync();
            model.Dispose();
            throw exception is IOException or SocketException
                ? new ServerStartException($"cannot listen on {options.Host}:{options.Port}: {(exception.InnerException is AddressInUseException ? "another program has this port" : exception.Message.TrimEnd('.'))}; choose another --port", exception)
                : exception;
        }

        var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        return new OpenAiServer(app, model, new Uri(address));
    }

    /// <summary>Ends when the server was asked to stop.</summary>
    public Task WaitForShutdownAsync(CancellationToken cancellationToken) => _app.WaitForShutdownAsync(cancellationToken);

    public void Stop() => _app.Lifetime.StopApplication();

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        Model.Dispose();
    }

    /// <summary>True for what can be given as host.</summary>
    public static bool IsAddress(string? host) => host == "localhost" || IPAddress.TryParse(host, out _);

    private static IPAddress Address(string host) => host switch
    {
        "localhost" => IPAddress.Loopback,
        _ => IPAddress.TryParse(host, out var address) ? address : throw new CheckpointException($"--host '{host}' is not an IP address; use 127.0.0.1 or 0.0.0.0"),
    };
}
