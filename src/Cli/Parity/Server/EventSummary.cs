using System.Text.Json;
using System.Text.Json.Nodes;

namespace Octet.Cli.Parity.Server;

/// <summary>A stream without its accidents: tokens may share one event, so only the order of kinds, their members and the joined texts count.</summary>
internal sealed class EventSummary
{
    private const string Begin = "data: ";
    private readonly List<string> _kinds = [];
    private readonly Dictionary<string, JsonElement> _shapes = new(StringComparer.Ordinal);
    private readonly SortedDictionary<int, JsonObject> _choices = [];
    private JsonElement? _usage;

    /// <returns>Null when an event is malformed or the last one is not [DONE].</returns>
    public static EventSummary? Read(IReadOnlyList<string> events)
    {
        if (events.Count == 0 || events[^1] != Begin + "[DONE]" || events.Any(item => !item.StartsWith(Begin, StringComparison.Ordinal)))
        {
            return null;
        }

        var summary = new EventSummary();
        foreach (var item in events.SkipLast(1))
        {
            summary.Add(JsonElement.Parse(item[Begin.Length..]));
        }

        return summary;
    }

    public string? Difference(EventSummary actual, AnswerComparison comparison)
    {
        var (expectedKinds, actualKinds) = (string.Join(' ', _kinds), string.Join(' ', actual._kinds));
        if (expectedKinds != actualKinds)
        {
            return $"events {actualKinds} instead of {expectedKinds}";
        }

        foreach (var (kind, shape) in _shapes)
        {
            if (actual._shapes.TryGetValue(kind, out var found) && Shape(shape) != Shape(found))
            {
                return $"event {kind} has {Shape(found)} instead of {Shape(shape)}";
            }
        }

        var usage = _usage is { } left && actual._usage is { } right ? comparison.Compare(left, right, ".usage") : null;
        return usage ?? comparison.Difference(Joined(), actual.Joined());
    }

    private JsonElement Joined() => JsonSerializer.SerializeToElement(_choices.Select(choice => choice.Value));

    private void Add(JsonElement item)
    {
        var choices = item.TryGetProperty("choices", out var list) ? list : default;
        if (item.TryGetProperty("usage", out var usage) && usage.ValueKind == JsonValueKind.Object)
        {
            _usage = usage;
        }

        if (choices.ValueKind != JsonValueKind.Array || choices.GetArrayLength() == 0)
        {
            Kind(item.TryGetProperty("error", out _) ? "error" : "usage", item);
            return;
        }

        var choice = choices[0];
        var index = choice.GetProperty("index").GetInt32();
        if (!_choices.TryGetValue(index, out var joined))
        {
            joined = _choices[index] = [];
        }

        Kind(KindOf(choice), item);
        Join(joined, choice);
    }

    /// <summary>Kinds in the order in which they first come; those in between may be missing, when tokens share the last event.</summary>
    private void Kind(string kind, JsonElement item)
    {
        if (_shapes.TryAdd(kind, item) && kind != "next")
        {
            _kinds.Add(kind);
        }
    }

    private static string KindOf(JsonElement choice)
    {
        if (choice.TryGetProperty("delta", out var delta) && delta.TryGetProperty("role", out _))
        {
            return "role";
        }

        return choice.GetProperty("finish_reason").ValueKind != JsonValueKind.Null ? "last" : "next";
    }

    private static void Join(JsonObject joined, JsonElement choice)
    {
        Append(joined, "text", choice.TryGetProperty("delta", out var delta) ? delta.TryGetProperty("content", out var content) ? content : default : choice.GetProperty("text"));
        Append(joined, "token_ids", choice.TryGetProperty("token_ids", out var ids) ? ids : default);
        foreach (var name in (ReadOnlySpan<string>)["finish_reason", "stop_reason", "prompt_token_ids"])
        {
            if (choice.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null)
            {
                joined[name] = JsonNode.Parse(value.GetRawText());
            }
        }

        if (choice.TryGetProperty("logprobs", out var logprobs) && logprobs.ValueKind == JsonValueKind.Object)
        {
            var all = joined["logprobs"] as JsonObject ?? [];
            joined["logprobs"] = all;
            foreach (var member in logprobs.EnumerateObject())
            {
                Append(all, member.Name, member.Value);
            }
        }
    }

    private static void Append(JsonObject joined, string name, JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.String:
                joined[name] = (joined[name]?.GetValue<string>() ?? "") + value.GetString();
                break;
            case JsonValueKind.Array:
                var list = joined[name] as JsonArray ?? [];
                joined[name] = list;
                foreach (var item in value.EnumerateArray())
                {
                    list.Add(JsonNode.Parse(item.GetRawText()));
                }

                break;
            default:
                break;
        }
    }

    /// <summary>Names of all members in order, three levels deep.</summary>
    private static string Shape(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => "{" + string.Join(' ', element.EnumerateObject().Select(member => member.Name is "top_logprobs" or "logprobs" ? member.Name : member.Name + Shape(member.Value))) + "}",
        JsonValueKind.Array when element.GetArrayLength() > 0 && element[0].ValueKind == JsonValueKind.Object => "[" + Shape(element[0]) + "]",
        _ => "",
    };
}
