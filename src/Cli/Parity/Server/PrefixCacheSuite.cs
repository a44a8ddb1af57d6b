using System.Text;
using System.Text.Json;

namespace Octet.Cli.Parity.Server;

/// <summary>Which prompt tokens come from the prefix cache, by usage and by counters, over a fixed series of requests.</summary>
public sealed class PrefixCacheSuite : IParitySuite
{
    public string Name => "vllm/http/prefix-cache";

    public bool IsPresent(ParityFolders folders) => File.Exists(Recording(folders));

    public async Task<ParityResult> RunAsync(ParityFolders folders, CancellationToken cancellationToken)
    {
        var tally = new ParityTally();
        await tally.TryAsync(Name, async () =>
        {
            var steps = JsonElement.Parse(await File.ReadAllTextAsync(Recording(folders), cancellationToken)).EnumerateArray().ToList();
            await using var server = await RecordedServer.StartAsync(
                folders,
                options => options with { ApiKey = null, EnablePromptTokensDetails = true, Engine = options.Engine with { BlockSize = BlockSize(steps) } },
                cancellationToken);
            foreach (var step in steps)
            {
                await tally.TryAsync(step.GetProperty("name").GetString()!, () => CheckAsync(tally, step, server, cancellationToken));
            }
        });
        return tally.Result("exact");
    }

    private static string Recording(ParityFolders folders) => Path.Combine(RecordedServer.Folder(folders), "prefix-cache.json");

    private static async Task CheckAsync(ParityTally tally, JsonElement step, RecordedServer server, CancellationToken cancellationToken)
    {
        var before = await MetricsText.ScrapeAsync(server.Client, cancellationToken);
        using var content = new StringContent(Request(step), Encoding.UTF8, "application/json");
        using var response = await server.Client.PostAsync(new Uri("/v1/completions", UriKind.Relative), content, cancellationToken);
        var usage = JsonElement.Parse(await response.Content.ReadAsStringAsync(cancellationToken)).GetProperty("usage");
        var after = await MetricsText.ScrapeAsync(server.Client, cancellationToken);
        var name = step.GetProperty("name").GetString();
        tally.Exact(usage.GetRawText() == JsonSerializer.Serialize(step.GetProperty("usage")), () => $"{name}: usage {usage.GetRawText()}");
        foreach (var sample in step.GetProperty("delta").EnumerateObject())
        {
            var parts = sample.Name.Split('|');
            var key = parts.Length == 1 ? parts[0] + "{}" : $"{parts[0]}{{source={parts[1]}}}";
            var moved = after.Value(key) - before.Value(key);
            tally.Exact(moved == sample.Value.GetDouble(), () => FormattableString.Invariant($"{name}: {key} grew by {moved} instead of {sample.Value.GetDouble()}"));
        }
    }

    private static string Request(JsonElement step)
    {
        var body = step.GetProperty("options").EnumerateObject().ToDictionary(member => member.Name, member => member.Value);
        body["prompt"] = step.GetProperty("prompt");
        return JsonSerializer.Serialize(body);
    }

    /// <summary>Hits are whole blocks: the block is their greatest common divisor.</summary>
    private static int BlockSize(IEnumerable<JsonElement> steps)
    {
        var size = 0;
        foreach (var step in steps)
        {
            for (var hit = step.GetProperty("usage").GetProperty("prompt_tokens_details").GetProperty("cached_tokens").GetInt32(); hit != 0;)
            {
                (size, hit) = (hit, size % hit);
            }
        }

        return size > 0 ? size : throw new InvalidDataException("no request hit the cache");
    }
}
