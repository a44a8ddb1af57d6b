using System.Globalization;
using System.Net.Http.Headers;
using System.Text;

namespace Octet.Cli.Parity.Server;

/// <summary>Long completions on a recorded server, and a look at its gauges while they run.</summary>
internal static class OpenStream
{
    public const string Running = "vllm:num_requests_running{}";
    public const string Waiting = "vllm:num_requests_waiting{}";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>A completion of exactly that many tokens.</summary>
    /// <param name="server">Receives it later.</param>
    /// <param name="promptTokens">Length of the prompt.</param>
    /// <param name="tokens">Tokens to generate.</param>
    /// <param name="stream">As server-sent events.</param>
    /// <param name="seed">Prompts of different seeds begin with different tokens.</param>
    public static HttpRequestMessage Request(RecordedServer server, int promptTokens, int tokens, bool stream, int seed)
    {
        var vocabulary = server.Model.Engine.Model.VocabSize;
        var prompt = string.Join(',', Enumerable.Range(0, promptTokens).Select(i => ((seed + i) % (vocabulary - 3)) + 3));
        var body = string.Create(CultureInfo.InvariantCulture, $$"""{"prompt":[{{prompt}}],"max_tokens":{{tokens}},"temperature":0,"ignore_eos":true,"stream":{{(stream ? "true" : "false")}}}""");
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri("/v1/completions", UriKind.Relative)) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        if (server.Key is { } key)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        }

        return request;
    }

    /// <summary>Scrapes until a condition holds.</summary>
    /// <returns>The scrape that met it, or the last one after 20 seconds.</returns>
    public static async Task<MetricsText> UntilAsync(RecordedServer server, Func<MetricsText, bool> condition, CancellationToken cancellationToken)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var scrape = await MetricsText.ScrapeAsync(server.Client, cancellationToken);
            if (condition(scrape) || TimeProvider.System.GetElapsedTime(started) > Patience)
            {
                return scrape;
            }
        }
    }
}
