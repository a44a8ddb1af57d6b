using System.Text.Json;
using System.Text.Json.Nodes;
using Octet.InferenceServer.Hosting;

namespace Octet.InferenceServer.Http;

/// <summary>Checks the messages of a request and gives them the form that chat templates expect: content as one text, arguments of tool
/// calls as objects.</summary>
internal static class ChatMessages
{
    /// <summary>The first form of a message that vLLM's validation tries; its failures name it.</summary>
    private const string FirstForm = "ChatCompletionDeveloperMessageParam";

    /// <exception cref="ApiException">A message is malformed.</exception>
    public static List<JsonObject> Read(RequestFields fields, ServedModel model)
    {
        if (!fields.TryGet("messages", out var list) || list.ValueKind != JsonValueKind.Array)
        {
            throw ApiException.Invalid("messages", list.ValueKind == JsonValueKind.Undefined ? "Field required" : "Input should be a valid list", list.ValueKind == JsonValueKind.Undefined ? "" : RequestFields.Show(list));
        }

        if (list.GetArrayLength() == 0)
        {
            throw ApiException.Bad("Cannot apply chat template to an empty conversation. Provide at least one message.");
        }

        return [.. list.EnumerateArray().Select((item, i) => Message(item, $"messages.{i}.{FirstForm}", model))];
    }

    private static JsonObject Message(JsonElement item, string path, ServedModel model)
    {
        if (item.ValueKind != JsonValueKind.Object)
        {
            throw ApiException.Invalid(path, "Input should be a valid dictionary", RequestFields.Show(item));
        }

        if (!item.TryGetProperty("role", out var role) || role.ValueKind != JsonValueKind.String)
        {
            throw ApiException.Invalid(path + ".role", role.ValueKind == JsonValueKind.Undefined ? "Field required" : "Input should be a valid string", RequestFields.Show(item));
        }

        var message = new JsonObject { ["role"] = role.GetString(), ["content"] = Content(item, role.GetString()!, path, model) };
        foreach (var name in (ReadOnlySpan<string>)["name", "tool_call_id", "reasoning", "reasoning_content"])
        {
            if (item.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String)
            {
                message[name] = value.GetString();
            }
        }

        if (item.TryGetProperty("tool_calls", out var calls) && calls.ValueKind == JsonValueKind.Array)
        {
            message["tool_calls"] = new JsonArray([.. calls.EnumerateArray().Select(call => Call(call, path))]);
        }

        return message;
    }

    private static string Content(JsonElement item, string role, string path, ServedModel model)
    {
        if (!item.TryGetProperty("content", out var content))
        {
            return "";
        }

        return content.ValueKind switch
        {
            JsonValueKind.String => content.GetString()!,
            JsonValueKind.Array => string.Join('\n', content.EnumerateArray().Select(part => Part(part, path, model))),
            JsonValueKind.Null when role == "assistant" => "",
            _ => throw ApiException.Invalid(path + ".content", "Input should be a valid string", RequestFields.Show(content)),
        };
    }

    private static string Part(JsonElement part, string path, ServedModel model)
    {
        if (part.ValueKind == JsonValueKind.String)
        {
            return part.GetString()!;
        }

        if (part.ValueKind != JsonValueKind.Object || !part.TryGetProperty("type", out var type) || type.ValueKind != JsonValueKind.String)
        {
            throw ApiException.Invalid(path + ".content", "Input should be a text part", RequestFields.Show(part));
        }

        if (type.GetString() is not ("text" or "refusal"))
        {
            throw ApiException.Bad($"{model.Name} is not a multimodal model");
        }

        return part.TryGetProperty(type.GetString()!, out var text) && text.ValueKind == JsonValueKind.String
            ? text.GetString()!
            : throw ApiException.Invalid(path + ".content", "Input should be a valid string", RequestFields.Show(part));
    }

    /// <summary>A tool call whose arguments, a JSON text in the protocol, are an object for the template.</summary>
    private static JsonNode Call(JsonElement call, string path)
    {
        var node = JsonNode.Parse(call.GetRawText());
        if (node?["function"] is JsonObject function && function["arguments"] is JsonValue arguments && arguments.TryGetValue<string>(out var text))
        {
            try
            {
                function["arguments"] = text.Length == 0 ? new JsonObject() : JsonNode.Parse(text);
            }
            catch (JsonException)
            {
                throw ApiException.Invalid(path + ".tool_calls", "arguments are not JSON", text);
            }
        }

        return node ?? throw ApiException.Invalid(path + ".tool_calls", "Input should be a valid dictionary", "None");
    }
}
