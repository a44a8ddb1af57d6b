using System.Text.Json;

namespace Octet.Cli.Parity.Server;

/// <summary>What a client leaves behind that goes away in the middle of an answer: nothing that runs, and no abort that is counted.</summary>
public sealed class DisconnectSuite : IParitySuite
{
    private const string Aborts = "vllm:request_success_total{finished_reason=abort}";
    private const string Generated = "vllm:generation_tokens_total{}";
    private const int Attempts = 10;

    public string Name => "vllm/http/disconnect";

    public bool IsPresent(ParityFolders folders) => File.Exists(Recording(folders));

    public async Task<ParityResult> RunAsync(ParityFolders folders, CancellationToken cancellationToken)
    {
        var tally = new ParityTally();
        await tally.TryAsync(Name, async () =>
        {
            var steps = JsonElement.Parse(await File.ReadAllTextAsync(Recording(folders), cancellationToken)).EnumerateArray().ToList();
            await using var server = await RecordedServer.StartAsync(folders, null, cancellationToken);
            foreach (var step in steps)
            {
                await tally.TryAsync(step.GetRawText(), () => CheckAsync(tally, step, server, cancellationToken));
            }
        });
        return tally.Result("exact");
    }

    private static string Recording(ParityFolders folders) => Path.Combine(RecordedServer.Folder(folders), "disconnect.json");

    private static async Task CheckAsync(ParityTally tally, JsonElement step, RecordedServer server, CancellationToken cancellationToken)
    {
        var stream = step.GetProperty("stream").GetBoolean();
        var asked = step.GetProperty("asked_tokens").GetInt32();
        for (var attempt = 1; ; attempt++)
        {
            var before = await MetricsText.ScrapeAsync(server.Client, cancellationToken);
            var open = await LeaveAsync(server, stream, asked, step.GetProperty("events_read").GetInt32(), cancellationToken);
            var after = await OpenStream.UntilAsync(server, scrape => scrape.Value(OpenStream.Running) == 0, cancellationToken);
            var generated = after.Value(Generated) - before.Value(Generated);
            if (generated >= asked && attempt < Attempts)
            {
                // The answer was complete before this client could leave: that shows nothing.
                continue;
            }

            tally.Exact(open == step.GetProperty("running_while_open").GetDouble(), () => $"stream {stream}: {open} requests run while it is open");
            tally.Exact(after.Value(OpenStream.Running) == 0, () => $"stream {stream}: {after.Value(OpenStream.Running)} requests run after it was closed");
            tally.Exact(generated < asked, () => $"stream {stream}: all {asked} tokens were generated for a client that was gone");
            tally.Exact(after.Value(Aborts) - before.Value(Aborts) == step.GetProperty("aborts_added").GetDouble(), () => $"stream {stream}: {after.Value(Aborts) - before.Value(Aborts)} aborts counted");
            return;
        }
    }

    /// <summary>Sends a request, reads some of its events and closes it.</summary>
    /// <returns>Requests that ran before.</returns>
    private static async Task<double> LeaveAsync(RecordedServer server, bool stream, int asked, int events, CancellationToken cancellationToken)
    {
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var request = OpenStream.Request(server, server.Model.Engine.Info.MaxModelLen - asked, asked, stream, seed: 0);
        var sent = server.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, leaving.Token);
        if (!stream)
        {
            var open = await OpenStream.UntilAsync(server, scrape => scrape.Value(OpenStream.Running) > 0 || sent.IsCompleted, cancellationToken);
            await leaving.CancelAsync();
            await ((Task)sent).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return open.Value(OpenStream.Running);
        }

        using var response = await sent;
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(cancellationToken));
        for (var read = 0; read < 2 * events; read++)
        {
            await reader.ReadLineAsync(cancellationToken);
        }

        return (await MetricsText.ScrapeAsync(server.Client, cancellationToken)).Value(OpenStream.Running);
    }
}
