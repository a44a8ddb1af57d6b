using System.Net;
using System.Text;
using System.Text.Json;
using Octet.Cli.Parity.ChatTemplates;

namespace Octet.Cli.Parity.Server;

/// <summary>One request that was sent to vLLM and what came back.</summary>
internal sealed class RecordedExchange
{
    /// <summary>What vLLM answers to bytes that are not UTF-8; such a body is recorded byte by byte as Latin-1.</summary>
    private const string UnreadableBody = "There was an error parsing the body";
    private readonly JsonElement _request;
    private readonly JsonElement _response;

    private RecordedExchange(JsonElement line)
    {
        Name = line.GetProperty("name").GetString()!;
        (_request, _response) = (line.GetProperty("request"), line.GetProperty("response"));
        Body = _response.GetProperty("body").GetString() ?? "";
        Events = _response.TryGetProperty("events", out var events) && events.ValueKind == JsonValueKind.Array
            ? [.. events.EnumerateArray().Select(item => item.GetString()!)]
            : null;
    }

    public string Name { get; }

    public string Method => _request.GetProperty("method").GetString()!;

    public string Path => _request.GetProperty("path").GetString()!;

    public string RequestBody => _request.TryGetProperty("body", out var body) ? body.GetString() ?? "" : "";

    public HttpStatusCode Status => (HttpStatusCode)_response.GetProperty("status").GetInt32();

    public string Body { get; }

    /// <summary>Server-sent events; null for an answer in one piece.</summary>
    public IReadOnlyList<string>? Events { get; }

    /// <summary>Bearer key of the request; null for none.</summary>
    public string? Key => RequestHeaders().FirstOrDefault(header => header.Name.Equals("Authorization", StringComparison.OrdinalIgnoreCase)).Value is { } value && value.StartsWith("Bearer ", StringComparison.Ordinal) ? value[7..] : null;

    public static IEnumerable<RecordedExchange> Read(string path, CancellationToken cancellationToken) =>
        JsonLines.Read(path, cancellationToken).Select(line => new RecordedExchange(line));

    /// <summary>Value of a response header; null when it was not sent.</summary>
    public string? Header(string name) => _response.GetProperty("headers").EnumerateArray()
        .Where(header => name.Equals(header[0].GetString(), StringComparison.OrdinalIgnoreCase))
        .Select(header => header[1].GetString()).FirstOrDefault();

    /// <summary>The request as it was sent.</summary>
    public HttpRequestMessage ToRequest()
    {
        var message = new HttpRequestMessage(new HttpMethod(Method), new Uri(Path, UriKind.Relative));
        if (_request.TryGetProperty("body", out var body) && body.GetString() is { } text)
        {
            message.Content = new ByteArrayContent((Body.Contains(UnreadableBody, StringComparison.Ordinal) ? Encoding.Latin1 : Encoding.UTF8).GetBytes(text));
        }

        foreach (var (name, value) in RequestHeaders())
        {
            if (!message.Headers.TryAddWithoutValidation(name, value))
            {
                message.Content?.Headers.TryAddWithoutValidation(name, value);
            }
        }

        return message;
    }

    private IEnumerable<(string Name, string Value)> RequestHeaders() => _request.GetProperty("headers").EnumerateArray()
        .Select(header => (header[0].GetString()!, header[1].GetString()!));
}
