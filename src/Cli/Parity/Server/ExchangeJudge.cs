using System.Text.Json;

namespace Octet.Cli.Parity.Server;

/// <summary>Sends one recorded request and says how the answer differs from the recorded one.</summary>
internal static class ExchangeJudge
{
    private static readonly string[] Headers = ["content-type", "allow"];

    /// <returns>Null when they agree, otherwise one line.</returns>
    public static async Task<string?> DifferenceAsync(RecordedServer server, RecordedExchange exchange, Deviations deviations, CancellationToken cancellationToken)
    {
        using var request = exchange.ToRequest();
        using var response = await server.Client.SendAsync(request, cancellationToken);
        var body = await response.Content.ReadAsStringAsync(cancellationToken);
        if (response.StatusCode != exchange.Status)
        {
            return $"status {(int)response.StatusCode} instead of {(int)exchange.Status}: {body}";
        }

        return HeaderDifference(exchange, response)
            ?? (exchange.Events is { } events ? EventDifference(exchange, events, body, deviations) : BodyDifference(exchange, body, deviations));
    }

    private static string? HeaderDifference(RecordedExchange exchange, HttpResponseMessage response)
    {
        foreach (var name in Headers)
        {
            var actual = Header(response, name);
            if (exchange.Header(name) != actual)
            {
                return $"header {name} is '{actual}' instead of '{exchange.Header(name)}'";
            }
        }

        var location = exchange.Header("location");
        return location is null || new Uri(location).PathAndQuery == response.Headers.Location?.PathAndQuery
            ? null
            : $"location is {response.Headers.Location} instead of {location}";
    }

    private static string? Header(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out var values) || response.Content.Headers.TryGetValues(name, out values) ? string.Join(", ", values) : null;

    private static string? BodyDifference(RecordedExchange exchange, string body, Deviations deviations)
    {
        if (exchange.Body.Length == 0 || body.Length == 0)
        {
            return exchange.Body == body ? null : $"body '{body}' instead of '{exchange.Body}'";
        }

        var expected = JsonElement.Parse(exchange.Body);
        var actual = JsonElement.Parse(body);
        if (expected.ValueKind == JsonValueKind.Object && expected.TryGetProperty("error", out var error) && error.ValueKind == JsonValueKind.Object)
        {
            return ErrorDifference(error, actual);
        }

        return new AnswerComparison(RequestTraits.Of(exchange), deviations).Difference(expected, actual);
    }

    /// <summary>Texts of the request validation belong to its library: there only type, parameter and code count.</summary>
    private static string? ErrorDifference(JsonElement expected, JsonElement answer)
    {
        if (!answer.TryGetProperty("error", out var actual) || actual.ValueKind != JsonValueKind.Object)
        {
            return $"{answer.GetRawText()} instead of an error";
        }

        foreach (var member in expected.EnumerateObject())
        {
            var validation = member.Name == "message" && expected.GetProperty("type").GetString() == "Bad Request";
            if (!actual.TryGetProperty(member.Name, out var value) || (!validation && value.GetRawText() != member.Value.GetRawText() && !JsonElement.DeepEquals(value, member.Value)))
            {
                return $"{actual.GetRawText()} instead of {expected.GetRawText()}";
            }
        }

        return AnswerComparison.Names(expected).SequenceEqual(AnswerComparison.Names(actual)) ? null : $"members {string.Join(' ', AnswerComparison.Names(actual))}";
    }

    private static string? EventDifference(RecordedExchange exchange, IReadOnlyList<string> events, string body, Deviations deviations)
    {
        if (!body.EndsWith("\n\n", StringComparison.Ordinal))
        {
            return "the stream does not end with an empty line";
        }

        var comparison = new AnswerComparison(RequestTraits.Of(exchange), deviations);
        return EventSummary.Read(events) is { } expected && EventSummary.Read(body[..^2].Split("\n\n")) is { } actual
            ? expected.Difference(actual, comparison)
            : "an event is not 'data: ' with JSON, or the last one is not [DONE]";
    }
}
