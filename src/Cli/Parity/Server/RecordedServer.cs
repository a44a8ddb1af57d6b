using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Octet.Inference;
using Octet.InferenceServer.Hosting;

namespace Octet.Cli.Parity.Server;

/// <summary>Our server with the flags of the recorded one, in this process on a free loopback port.</summary>
internal sealed partial class RecordedServer : IAsyncDisposable
{
    private readonly OpenAiServer _server;

    private RecordedServer(OpenAiServer server, string? key)
    {
        _server = server;
        Key = key;
        Client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, MaxResponseDrainSize = 0 }) { BaseAddress = server.Url };
    }

    public HttpClient Client { get; }

    /// <summary>The key of the recording; null when the server had none.</summary>
    public string? Key { get; }

    public ServedModel Model => _server.Model;

    public static string Folder(ParityFolders folders) => Path.Combine(folders.Goldens, "vllm", "http");

    /// <param name="folders">Where the recordings lie.</param>
    /// <param name="change">What differs from the server of the exchanges.</param>
    public static async Task<RecordedServer> StartAsync(ParityFolders folders, Func<ServeOptions, ServeOptions>? change, CancellationToken cancellationToken)
    {
        var models = RecordedExchange.Read(Path.Combine(Folder(folders), "misc.jsonl"), cancellationToken)
            .First(exchange => exchange is { Method: "GET", Path: "/v1/models", Status: System.Net.HttpStatusCode.OK });
        var model = JsonElement.Parse(models.Body).GetProperty("data")[0];
        var startup = Path.Combine(folders.Goldens, "vllm", "startup.json");
        var log = File.Exists(startup) ? await File.ReadAllTextAsync(startup, cancellationToken) : "";
        var options = new ServeOptions
        {
            ModelPath = Path.Combine(folders.Goldens, "vllm", "models", Path.GetFileName(model.GetProperty("root").GetString()!)),
            ServedModelName = model.GetProperty("id").GetString(),
            Port = 0,
            ApiKey = models.Key,
            Engine = new EngineOptions
            {
                MaxModelLen = model.GetProperty("max_model_len").GetInt32(),
                EnforceEager = log.Contains("enforce_eager=True", StringComparison.Ordinal),
                MaxNumSeqs = Flag(log, "max_num_seqs") ?? 64,
                MaxNumBatchedTokens = Flag(log, "max_num_batched_tokens") ?? 2048,
                BlockSize = BlockSize(folders),
                KvCacheBytes = 256L << 20,
            },
        };
        options = change?.Invoke(options) ?? options;
        return new RecordedServer(await OpenAiServer.StartAsync(options, null, cancellationToken), options.ApiKey);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _server.DisposeAsync();
    }

    private static int? Flag(string log, string name) =>
        Flags().Matches(log).FirstOrDefault(match => match.Groups[1].Value == name) is { } found ? int.Parse(found.Groups[2].Value, CultureInfo.InvariantCulture) : null;

    private static int BlockSize(ParityFolders folders)
    {
        var path = Path.Combine(Folder(folders), "metrics-before.txt");
        var block = File.Exists(path) ? Block().Match(File.ReadAllText(path)) : Match.Empty;
        return block.Success ? int.Parse(block.Groups[1].Value, CultureInfo.InvariantCulture) : new EngineOptions().BlockSize;
    }

    [GeneratedRegex(@"'(max_num_seqs|max_num_batched_tokens)': (\d{1,9})", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Flags();

    [GeneratedRegex("[{,]block_size=\"(\\d{1,6})\"", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Block();
}
