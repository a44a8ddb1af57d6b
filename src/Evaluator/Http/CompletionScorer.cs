using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Octet.Contracts.Runs;

namespace Octet.Evaluator.Http;

/// <summary>What the endpoint says of the model.</summary>
/// <param name="MaxModelLen">Longest prompt plus output.</param>
/// <param name="TokenIdLogprobs">It answers <c>logprob_token_ids</c> and <c>prompt_logprobs_from</c>: our own server.</param>
public sealed record EndpointModel(int MaxModelLen, bool TokenIdLogprobs);

/// <summary>Asks an OpenAI-compatible completions endpoint for logprobs and texts.</summary>
public sealed class CompletionScorer : IDisposable
{
    private const int Attempts = 3;
    private readonly HttpClient _http;
    private readonly Uri _endpoint;
    private readonly string _model;
    private readonly long _seed;
    private readonly TimeProvider _time;
    private EndpointModel _facts = new(2048, false);

    /// <param name="endpoint">Ends in /v1.</param>
    /// <param name="model">Served name.</param>
    /// <param name="apiKey">Bearer key; null for none.</param>
    /// <param name="connections">Requests at a time.</param>
    /// <param name="seed">Sent along.</param>
    /// <param name="time">For waits between attempts.</param>
    public CompletionScorer(Uri endpoint, string model, string? apiKey, int connections, long seed, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(endpoint);
        _endpoint = new Uri(endpoint.ToString().TrimEnd('/') + "/");
        _model = model;
        _seed = seed;
        _time = time;
        _http = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = connections, PooledConnectionLifetime = TimeSpan.FromMinutes(10) }) { Timeout = TimeSpan.FromMinutes(30) };
        _http.DefaultRequestHeaders.Authorization = string.IsNullOrEmpty(apiKey) ? null : new AuthenticationHeaderValue("Bearer", apiKey);
    }

    /// <summary>Reads /v1/models.</summary>
    /// <exception cref="OctetException">Kind Server: it does not answer, or does not serve the model.</exception>
    public async Task<EndpointModel> ConnectAsync(CancellationToken cancellationToken)
    {
        using var document = await SendAsync(() => new HttpRequestMessage(HttpMethod.Get, new Uri(_endpoint, "models")), cancellationToken);
        foreach (var model in document.RootElement.GetProperty("data").EnumerateArray())
        {
            if (model.GetProperty("id").GetString() == _model)
            {
                var length = model.TryGetProperty("max_model_len", out var value) && value.TryGetInt32(out var limit) ? limit : 2048;
                return _facts = new EndpointModel(length, model.TryGetProperty("owned_by", out var owner) && owner.GetString() == "octet");
            }
        }

        throw new OctetException(FailureKind.Server, $"{_endpoint} does not serve a model '{_model}'");
    }

    /// <summary>Logprobs of single tokens after a prompt: one request for all of them.</summary>
    public async Task<double[]> NextTokenAsync(IReadOnlyList<int> prompt, IReadOnlyList<int> tokens, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        using var document = await PostAsync("completions", writer =>
        {
            Common(writer, 1);
            writer.WriteNumber("logprobs", 0);
            WriteIds(writer, "prompt", prompt);
            WriteIds(writer, "logprob_token_ids", tokens);
        }, cancellationToken);
        var byId = document.RootElement.GetProperty("choices")[0].GetProperty("token_id_logprobs")[0];
        return [.. tokens.Select(token => byId.GetProperty(token.ToString(CultureInfo.InvariantCulture)).GetDouble())];
    }

    /// <summary>Summed logprob of each prompt's tail: lm-eval's echo form.</summary>
    /// <param name="prompts">Ids.</param>
    /// <param name="from">First scored position of each.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    public async Task<double[]> TailsAsync(IReadOnlyList<IReadOnlyList<int>> prompts, IReadOnlyList<int> from, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(prompts);
        ArgumentNullException.ThrowIfNull(from);
        using var document = await PostAsync("completions", writer =>
        {
            Common(writer, 1);
            writer.WriteNumber("logprobs", 1);
            writer.WriteBoolean("echo", true);
            if (_facts.TokenIdLogprobs)
            {
                writer.WriteNumber("prompt_logprobs_from", from.Min());
            }

            writer.WriteStartArray("prompt");
            foreach (var prompt in prompts)
            {
                WriteIds(writer, null, prompt);
            }

            writer.WriteEndArray();
        }, cancellationToken);
        var sums = new double[prompts.Count];
        foreach (var choice in document.RootElement.GetProperty("choices").EnumerateArray())
        {
            var index = choice.GetProperty("index").GetInt32();
            if (!choice.TryGetProperty("logprobs", out var logprobs) || logprobs.ValueKind != JsonValueKind.Object)
            {
                throw new OctetException(FailureKind.Server, $"{_endpoint} answers without logprobs; scoring needs echo and logprobs");
            }

            var values = logprobs.GetProperty("token_logprobs");
            for (var i = from[index]; i < prompts[index].Count; i++)
            {
                sums[index] += values[i].GetDouble();
            }
        }

        return sums;
    }

    /// <summary>Greedy text.</summary>
    /// <param name="prompt">Text of the user.</param>
    /// <param name="chat">Through the chat endpoint and the model's template.</param>
    /// <param name="maxTokens">Longest answer.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    public async Task<(string Text, int Tokens)> GenerateAsync(string prompt, bool chat, int maxTokens, CancellationToken cancellationToken)
    {
        using var document = await PostAsync(chat ? "chat/completions" : "completions", writer =>
        {
            Common(writer, maxTokens);
            if (chat)
            {
                writer.WriteStartArray("messages");
                writer.WriteStartObject();
                writer.WriteString("role", "user");
                writer.WriteString("content", prompt);
                writer.WriteEndObject();
                writer.WriteEndArray();
            }
            else
            {
                writer.WriteString("prompt", prompt);
            }
        }, cancellationToken);
        var choice = document.RootElement.GetProperty("choices")[0];
        var text = chat ? choice.GetProperty("message").GetProperty("content").GetString() : choice.GetProperty("text").GetString();
        return (text ?? "", document.RootElement.GetProperty("usage").GetProperty("completion_tokens").GetInt32());
    }

    public void Dispose() => _http.Dispose();

    private void Common(Utf8JsonWriter writer, int maxTokens)
    {
        writer.WriteString("model", _model);
        writer.WriteNumber("temperature", 0);
        writer.WriteNumber("max_tokens", maxTokens);
        writer.WriteNumber("seed", _seed);
    }

    private Task<JsonDocument> PostAsync(string path, Action<Utf8JsonWriter> write, CancellationToken cancellationToken)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
        {
            writer.WriteStartObject();
            write(writer);
            writer.WriteEndObject();
        }

        var body = stream.ToArray();
        return SendAsync(() =>
        {
            var content = new ByteArrayContent(body);
            content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            return new HttpRequestMessage(HttpMethod.Post, new Uri(_endpoint, path)) { Content = content };
        }, cancellationToken);
    }

    /// <summary>Tries again after 429, 5xx and broken connections; anything else is final.</summary>
    private async Task<JsonDocument> SendAsync(Func<HttpRequestMessage> create, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            string problem;
            try
            {
                using var request = create();
                using var response = await _http.SendAsync(request, cancellationToken);
                if (response.IsSuccessStatusCode)
                {
                    return await JsonDocument.ParseAsync(await response.Content.ReadAsStreamAsync(cancellationToken), cancellationToken: cancellationToken);
                }

                var text = await response.Content.ReadAsStringAsync(cancellationToken);
                problem = $"{_endpoint} answered {(int)response.StatusCode}: {(text.Length > 200 ? text[..200] : text).ReplaceLineEndings(" ")}";
                if (response.StatusCode != HttpStatusCode.TooManyRequests && (int)response.StatusCode < 500)
                {
                    throw new OctetException(FailureKind.Server, problem);
                }
            }
            catch (Exception exception) when (exception is HttpRequestException or IOException or JsonException)
            {
                problem = $"{_endpoint} does not answer: {exception.Message}";
            }

            if (attempt == Attempts)
            {
                throw new OctetException(FailureKind.Server, problem + $" ({Attempts} attempts)");
            }

            await Task.Delay(TimeSpan.FromSeconds(1 << (attempt - 1)), _time, cancellationToken);
        }
    }

    private static void WriteIds(Utf8JsonWriter writer, string? name, IReadOnlyList<int> ids)
    {
        if (name is null)
        {
            writer.WriteStartArray();
        }
        else
        {
            writer.WriteStartArray(name);
        }

        for (var i = 0; i < ids.Count; i++)
        {
            writer.WriteNumberValue(ids[i]);
        }

        writer.WriteEndArray();
    }
}
