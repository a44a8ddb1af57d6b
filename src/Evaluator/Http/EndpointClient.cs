using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Octet.Contracts.Runs;

namespace Octet.Evaluator.Http;

/// <summary>The endpoint refuses one request for what is in it (400, 413, 422): other requests may well succeed.</summary>
public sealed class RequestRefusedException(string message) : Exception(message);

/// <summary>JSON requests to one endpoint: kept connections, retries with back-off after 408, 429, 5xx and broken connections.</summary>
public sealed class EndpointClient : IDisposable
{
    private const int LongestQuotedError = 200;
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(10);
    private readonly HttpClient _http;
    private readonly Uri _endpoint;
    private readonly int _attempts;
    private readonly TimeProvider _time;

    /// <param name="endpoint">Ends in /v1.</param>
    /// <param name="apiKey">Bearer key; null for none.</param>
    /// <param name="connections">Requests at a time.</param>
    /// <param name="attempts">Tries of one request in all.</param>
    /// <param name="time">For waits between attempts.</param>
    public EndpointClient(Uri endpoint, string? apiKey, int connections, int attempts, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(endpoint);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(attempts);
        (_endpoint, _attempts, _time) = (new Uri(endpoint.ToString().TrimEnd('/') + "/"), attempts, time);
        _http = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = connections, PooledConnectionLifetime = TimeSpan.FromMinutes(10), AllowAutoRedirect = false }) { Timeout = TimeSpan.FromMinutes(30) };
        _http.DefaultRequestHeaders.Authorization = string.IsNullOrEmpty(apiKey) ? null : new AuthenticationHeaderValue("Bearer", apiKey);
    }

    public Uri Endpoint => _endpoint;

    /// <summary>The reply to a GET; null when the endpoint does not have this address.</summary>
    /// <param name="address">Relative to the endpoint; <c>../</c> leaves /v1.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <exception cref="OctetException">Kind Server: no answer, or an error.</exception>
    public Task<JsonDocument?> GetAsync(string address, CancellationToken cancellationToken) => SendAsync(HttpMethod.Get, address, null, cancellationToken);

    /// <summary>The reply to a POST; null when the endpoint does not have this address.</summary>
    /// <exception cref="OctetException">Kind Server: no answer, or an error.</exception>
    /// <exception cref="RequestRefusedException">This request is refused.</exception>
    public Task<JsonDocument?> PostAsync(string address, Action<Utf8JsonWriter> write, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(write);
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, new JsonWriterOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            writer.WriteStartObject();
            write(writer);
            writer.WriteEndObject();
        }

        return SendAsync(HttpMethod.Post, address, stream.ToArray(), cancellationToken);
    }

    public void Dispose() => _http.Dispose();

    private async Task<JsonDocument?> SendAsync(HttpMethod method, string address, byte[]? body, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            string problem;
            TimeSpan? asked = null;
            try
            {
                using var request = new HttpRequestMessage(method, new Uri(_endpoint, address));
                if (body is not null)
                {
                    request.Content = new ByteArrayContent(body);
                    request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
                }

                using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
                if (response.IsSuccessStatusCode)
                {
                    return await JsonDocument.ParseAsync(await response.Content.ReadAsStreamAsync(cancellationToken), cancellationToken: cancellationToken);
                }

                if (response.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.MethodNotAllowed)
                {
                    return null;
                }

                problem = await ProblemAsync(response, cancellationToken);
                asked = response.Headers.RetryAfter?.Delta;
            }
            catch (Exception exception) when (exception is HttpRequestException or IOException or JsonException)
            {
                problem = $"{_endpoint} does not answer: {exception.Message}; start the server or correct --endpoint";
            }

            if (attempt >= _attempts)
            {
                throw new OctetException(FailureKind.Server, $"{problem} ({_attempts} attempts)");
            }

            var wait = asked ?? TimeSpan.FromSeconds(1 << Math.Min(attempt - 1, 4));
            await Task.Delay(wait < LongestWait ? wait : LongestWait, _time, cancellationToken);
        }
    }

    /// <summary>The error in one line, when it is worth another attempt.</summary>
    private async Task<string> ProblemAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var status = (int)response.StatusCode;
        var text = (await response.Content.ReadAsStringAsync(cancellationToken)).ReplaceLineEndings(" ");
        var problem = $"{_endpoint} answered {status}: {(text.Length > LongestQuotedError ? text[..LongestQuotedError] : text)}";
        return status switch
        {
            400 or 413 or 422 => throw new RequestRefusedException(problem),
            401 or 403 => throw new OctetException(FailureKind.Server, $"{problem}; set OCTET_API_KEY"),
            408 or 429 or >= 500 => problem,
            _ => throw new OctetException(FailureKind.Server, problem),
        };
    }
}
