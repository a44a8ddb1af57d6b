using System.Buffers;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Octet.Jobs;
using Octet.LoadTester.Prompts;

namespace Octet.LoadTester.Http;

/// <summary>Sends streamed completions to one server and takes their times.</summary>
public sealed class StreamingClient : IDisposable
{
    private static readonly MediaTypeHeaderValue Json = new("application/json");
    private readonly HttpMessageInvoker _http;
    private readonly Uri _completions;
    private readonly Uri _chat;
    private readonly AuthenticationHeaderValue? _authorization;
    private readonly TimeProvider _time;
    private readonly Transport _transport;
    private readonly string _traceParent = RequestTracing.SuppressingHeader();

    /// <param name="endpoint">Base URL that ends in /v1.</param>
    /// <param name="apiKey">Sent as a bearer token; null for none.</param>
    /// <param name="maxConnections">Connections kept to the server: at least the number of streams.</param>
    /// <param name="time">The clock of every timestamp.</param>
    /// <param name="transport">Null for the default.</param>
    public StreamingClient(Uri endpoint, string? apiKey, int maxConnections, TimeProvider time, Transport? transport = null)
    {
        _transport = transport ?? Transport.Default;
        ArgumentNullException.ThrowIfNull(endpoint);
        ArgumentNullException.ThrowIfNull(time);
        _completions = new Uri(endpoint.ToString().TrimEnd('/') + "/completions");
        _chat = new Uri(endpoint.ToString().TrimEnd('/') + "/chat/completions");
        _authorization = string.IsNullOrEmpty(apiKey) ? null : new AuthenticationHeaderValue("Bearer", apiKey);
        _time = time;
        _http = new HttpMessageInvoker(new SocketsHttpHandler
        {
            MaxConnectionsPerServer = maxConnections,
            EnableMultipleHttp2Connections = true,
            PooledConnectionIdleTimeout = TimeSpan.FromMinutes(2),
            ConnectTimeout = _transport.ConnectTimeout,
            UseCookies = false,
            UseProxy = false,
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            ActivityHeadersPropagator = null,
        });
    }

    /// <summary>Runs one request to its end. Failures are part of the outcome; only cancellation throws.</summary>
    /// <param name="load">What to send.</param>
    /// <param name="cancellationToken">Cuts the stream; the outcome so far is then lost unless <paramref name="cut"/> fires instead.</param>
    /// <param name="cut">Ends the request early and keeps what was seen: the end of a measured window.</param>
    public async Task<RequestOutcome> SendAsync(LoadRequest load, CancellationToken cut, CancellationToken cancellationToken)
    {
        var outcome = new RequestOutcome { Sent = _time.GetTimestamp() };
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, load.Chat ? _chat : _completions) { Content = new ReadOnlyMemoryContent(load.Body), Version = _transport.Version, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
            request.Headers.ConnectionClose = _transport.KeepAlive ? null : true;
            request.Content.Headers.ContentType = Json;
            request.Headers.Authorization = _authorization;
            request.Headers.TryAddWithoutValidation("traceparent", _traceParent);
            using var response = await _http.SendAsync(request, cut);
            outcome.Status = (int)response.StatusCode;
            if (!response.IsSuccessStatusCode)
            {
                outcome.Error = await ReadErrorAsync(response, cut);
            }
            else
            {
                await using var stream = await response.Content.ReadAsStreamAsync(cut);
                outcome = await ReadStreamAsync(stream, outcome, cut);
            }
        }
        catch (OperationCanceledException) when (cut.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            outcome.Error = RequestErrors.Cut;
        }
        catch (OperationCanceledException timedOut) when (!cut.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            // The handler's own limit: no connection within its time.
            outcome.Error = timedOut.InnerException?.Message ?? timedOut.Message;
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or InvalidDataException or JsonException)
        {
            outcome.Error = exception.Message;
        }

        cancellationToken.ThrowIfCancellationRequested();
        outcome.Ended = _time.GetTimestamp();
        return outcome;
    }

    public void Dispose() => _http.Dispose();

    private async Task<RequestOutcome> ReadStreamAsync(Stream stream, RequestOutcome outcome, CancellationToken cut)
    {
        using var events = new ServerSentEvents(stream);
        var finished = false;
        var textEvents = 0;
        try
        {
            while (true)
            {
                var data = await events.NextAsync(cut);
                if (data.IsEmpty || data.Span.SequenceEqual("[DONE]"u8))
                {
                    break;
                }

                var now = _time.GetTimestamp();
                var chunk = CompletionChunk.Parse(data.Span);
                if (chunk.Error is not null)
                {
                    outcome.Error = chunk.Error;
                    return outcome;
                }

                Apply(ref outcome, chunk, now, ref textEvents);
                finished |= chunk.Finished;
            }
        }
        catch (OperationCanceledException) when (cut.IsCancellationRequested)
        {
            outcome.Error = RequestErrors.Cut;
            return outcome;
        }

        outcome.Error = finished ? null : RequestErrors.Truncated;
        return outcome;
    }

    private static void Apply(ref RequestOutcome outcome, CompletionChunk chunk, long now, ref int textEvents)
    {
        if (chunk.HasText)
        {
            textEvents++;
            outcome.FirstToken = outcome.FirstToken == 0 ? now : outcome.FirstToken;
            outcome.LastToken = now;
        }

        outcome.OutputTokens = chunk.CompletionTokens ?? Math.Max(outcome.OutputTokens, textEvents);
        outcome.PromptTokens = chunk.PromptTokens ?? outcome.PromptTokens;
        if (outcome.OutputTokens > 0)
        {
            // The usage chunk at the end may be the first to tell the count: tokens without a time of their own came with the last text.
            outcome.TokenTimes ??= [];
            while (outcome.TokenTimes.Count < outcome.OutputTokens)
            {
                outcome.TokenTimes.Add(chunk.HasText || outcome.LastToken == 0 ? now : outcome.LastToken);
            }
        }
    }

    private static async Task<string> ReadErrorAsync(HttpResponseMessage response, CancellationToken cut)
    {
        const int longest = 300;
        var rented = ArrayPool<byte>.Shared.Rent(longest);
        try
        {
            await using var stream = await response.Content.ReadAsStreamAsync(cut);
            var read = await stream.ReadAtLeastAsync(rented.AsMemory(0, longest), longest, throwOnEndOfStream: false, cut);
            return $"HTTP {(int)response.StatusCode}: {System.Text.Encoding.UTF8.GetString(rented, 0, read).ReplaceLineEndings(" ")}";
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }
}

/// <summary>Outcomes that are not the server's own words.</summary>
public static class RequestErrors
{
    /// <summary>The measured window ended while the request ran: dropped, not failed.</summary>
    public const string Cut = "cut at the end of the window";

    /// <summary>The stream ended without a finish reason.</summary>
    public const string Truncated = "the stream ended without a finish reason";
}
