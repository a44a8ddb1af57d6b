using System.Text.Json;
using Octet.Checkpoints;
using Octet.Checkpoints.ChatTemplates;
using Octet.InferenceServer.Hosting;

namespace Octet.InferenceServer.Http;

/// <summary>The messages of a chat request as prompt ids.</summary>
/// <param name="Ids">Ids of the rendered template; special tokens come from the template alone.</param>
/// <param name="Continued">Text of the last message when the model goes on with it.</param>
public sealed record ChatPrompt(IReadOnlyList<int> Ids, string? Continued)
{
    /// <exception cref="ApiException">The messages are malformed, or the model has no chat template.</exception>
    public static ChatPrompt Read(RequestFields fields, ServedModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        if (fields.TryGet("chat_template", out _))
        {
            throw ApiException.Bad("Chat template is passed with request, but --trust-request-chat-template is not set. Refused request with untrusted chat template.");
        }

        if (fields.TryGet("tools", out _) && fields.Text("tool_choice") is null or "auto")
        {
            throw ApiException.Bad("\"auto\" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set");
        }

        var messages = Messages(fields, model);
        var generate = fields.Bool("add_generation_prompt", otherwise: true);
        var resume = fields.Bool("continue_final_message");
        if (resume && generate && fields.TryGet("add_generation_prompt", out _))
        {
            throw ApiException.Bad("Cannot set both `continue_final_message` and `add_generation_prompt` to True.");
        }

        var text = Render(model, messages, generate && !resume);
        var last = messages[^1].Content;
        if (resume)
        {
            // The text ends where the last message's content ends.
            var at = text.LastIndexOf(last.Trim(), StringComparison.Ordinal);
            text = at < 0 ? text : text[..(at + last.Trim().Length)];
        }

        var ids = model.Tokenizer.Encode(text, fields.Bool("add_special_tokens"));
        return new ChatPrompt(ids, resume ? last : null);
    }

    private static string Render(ServedModel model, IReadOnlyList<ChatMessage> messages, bool generate)
    {
        var template = model.ChatTemplate ?? throw ApiException.Bad("this model has no chat template (no chat_template in tokenizer_config.json, no chat_template.jinja); use /v1/completions");
        try
        {
            return template.Render(messages, generate);
        }
        catch (CheckpointException failure)
        {
            throw ApiException.Bad(failure.Message);
        }
    }

    private static List<ChatMessage> Messages(RequestFields fields, ServedModel model)
    {
        if (!fields.TryGet("messages", out var list) || list.ValueKind != JsonValueKind.Array)
        {
            throw ApiException.Invalid("messages", list.ValueKind == JsonValueKind.Undefined ? "Field required" : "Input should be a valid list", list.ValueKind == JsonValueKind.Undefined ? "" : RequestFields.Show(list));
        }

        if (list.GetArrayLength() == 0)
        {
            throw ApiException.Bad("Cannot apply chat template to an empty conversation. Provide at least one message.");
        }

        return [.. list.EnumerateArray().Select((item, i) => Message(item, i, model))];
    }

    private static ChatMessage Message(JsonElement item, int index, ServedModel model)
    {
        var path = $"messages.{index}";
        if (item.ValueKind != JsonValueKind.Object || !item.TryGetProperty("role", out var role) || role.ValueKind != JsonValueKind.String)
        {
            throw ApiException.Invalid(path + ".role", "Field required", RequestFields.Show(item));
        }

        if (!item.TryGetProperty("content", out var content))
        {
            return new ChatMessage(role.GetString()!, "");
        }

        return content.ValueKind switch
        {
            JsonValueKind.String => new ChatMessage(role.GetString()!, content.GetString()!),
            JsonValueKind.Array => new ChatMessage(role.GetString()!, string.Join('\n', content.EnumerateArray().Select((part, j) => Part(part, $"{path}.content.{j}", model)))),
            _ => throw ApiException.Invalid(path + ".content", "Input should be a valid string", RequestFields.Show(content)),
        };
    }

    private static string Part(JsonElement part, string path, ServedModel model)
    {
        if (part.ValueKind == JsonValueKind.Object && part.TryGetProperty("text", out var text) && text.ValueKind == JsonValueKind.String)
        {
            return text.GetString()!;
        }

        return part.ValueKind == JsonValueKind.Object && part.TryGetProperty("type", out var type) && type.ValueKind == JsonValueKind.String && type.GetString() != "text"
            ? throw ApiException.Bad($"{model.Name} is not a multimodal model")
            : throw ApiException.Invalid(path, "Input should be a text part", RequestFields.Show(part));
    }
}
