using System.Text.Json;

namespace Octet.Cli.Parity.Server;

/// <summary>The gauges while more streams come than there are places: the places are full, the others wait for capacity; after the clients
/// have gone nothing is left.</summary>
public sealed class GaugesSuite : IParitySuite
{
    private const string ByCapacity = "vllm:num_requests_waiting_by_reason{reason=capacity}";
    private const string CacheUsage = "vllm:kv_cache_usage_perc{}";
    private const int PromptTokens = 20;
    private const int MostTokens = 450;
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(20);

    public string Name => "vllm/http/gauges";

    public bool IsPresent(ParityFolders folders) => File.Exists(Recording(folders));

    public async Task<ParityResult> RunAsync(ParityFolders folders, CancellationToken cancellationToken)
    {
        var tally = new ParityTally();
        await tally.TryAsync(Name, async () =>
        {
            var samples = Samples(JsonElement.Parse(await File.ReadAllTextAsync(Recording(folders), cancellationToken)));
            await using var server = await RecordedServer.StartAsync(folders, null, cancellationToken);
            await CheckAsync(tally, samples, server, cancellationToken);
        });
        return tally.Result("exact");
    }

    private static string Recording(ParityFolders folders) => Path.Combine(RecordedServer.Folder(folders), "gauges-under-load.json");

    private static List<MetricsText> Samples(JsonElement recording) =>
        [.. recording.GetProperty("samples").EnumerateArray().Select(sample => new MetricsText(string.Join('\n', sample.EnumerateArray().Select(line => line.GetString()))))];

    private static async Task CheckAsync(ParityTally tally, List<MetricsText> samples, RecordedServer server, CancellationToken cancellationToken)
    {
        var places = samples.Max(sample => sample.Value(OpenStream.Running));
        var full = samples.First(sample => sample.Value(OpenStream.Running) == places);
        var waiting = samples.Max(sample => sample.Value(OpenStream.Waiting));
        using (var leaving = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken))
        {
            using var gate = new PassGate(server.Model.Engine);
            var streams = Enumerable.Range(0, (int)(places + waiting)).Select(seed => ReadAsync(server, seed, leaving.Token)).ToList();
            var loaded = await FillAsync(server, gate, scrape => scrape.Value(OpenStream.Running) >= places && scrape.Value(OpenStream.Waiting) >= waiting, cancellationToken);
            Equal(tally, OpenStream.Running, places, loaded);
            Equal(tally, OpenStream.Waiting, waiting, loaded);
            Equal(tally, ByCapacity, full.Value(OpenStream.Waiting) == waiting ? full.Value(ByCapacity) : waiting, loaded);
            tally.Exact(loaded.Value(CacheUsage) is > 0 and <= 1, () => $"{CacheUsage} is {loaded.Value(CacheUsage)} under load");
            await leaving.CancelAsync();
            gate.Dispose();
            await Task.WhenAll(streams);
        }

        var after = await OpenStream.UntilAsync(server, scrape => scrape.Value(OpenStream.Running) == 0 && scrape.Value(OpenStream.Waiting) == 0, cancellationToken);
        foreach (var gauge in (ReadOnlySpan<string>)[OpenStream.Running, OpenStream.Waiting, ByCapacity, CacheUsage])
        {
            Equal(tally, gauge, 0, after);
        }
    }

    /// <summary>Lets the engine make one pass after the other, slowly enough that all requests arrive long before the first one ends.</summary>
    private static async Task<MetricsText> FillAsync(RecordedServer server, PassGate gate, Func<MetricsText, bool> condition, CancellationToken cancellationToken)
    {
        for (var pass = 1; ; pass++)
        {
            gate.LetOnePass();
            await Task.Delay(Step, cancellationToken);
            var scrape = await MetricsText.ScrapeAsync(server.Client, cancellationToken);
            if (condition(scrape) || pass == MostTokens)
            {
                return scrape;
            }
        }
    }

    private static void Equal(ParityTally tally, string gauge, double expected, MetricsText scrape) =>
        tally.Exact(scrape.Value(gauge) == expected, () => FormattableString.Invariant($"{gauge} is {scrape.Value(gauge)} instead of {expected}"));

    /// <summary>Reads one stream until its end or until the client leaves.</summary>
    private static async Task ReadAsync(RecordedServer server, int seed, CancellationToken leaving)
    {
        var tokens = Math.Min(MostTokens, server.Model.Engine.Info.MaxModelLen - PromptTokens);
        using var request = OpenStream.Request(server, PromptTokens, tokens, stream: true, seed);
        await ((Task)ReadAsync(server, request, leaving)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private static async Task ReadAsync(RecordedServer server, HttpRequestMessage request, CancellationToken leaving)
    {
        using var response = await server.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, leaving);
        await response.Content.LoadIntoBufferAsync(leaving);
    }
}
