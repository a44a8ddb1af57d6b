using System.Text.Json;
using Octet.Checkpoints.ChatTemplates;
using Octet.InferenceServer.Hosting;

namespace Octet.InferenceServer.Http;

/// <summary>The messages of a chat request as prompt ids.</summary>
/// <param name="Ids">Ids of the rendered template; special tokens come from the template alone.</param>
/// <param name="Role">Role of the answer: assistant, or that of the last message when no answer is begun.</param>
/// <param name="LastContent">Text of the last message when it has the role of the answer: what <c>echo</c> repeats.</param>
public sealed record ChatPrompt(IReadOnlyList<int> Ids, string Role, string? LastContent)
{
    private const string NoTemplate = "As of transformers v4.44, default chat template is no longer allowed, so you must provide a chat template if the tokenizer does not define one.";
    private const string Incompatible = "continue_final_message and add_generation_prompt are not compatible. Use continue_final_message when you want the model to continue the final message, and add_generation_prompt when you want to add a header that will prompt it to start a new assistant message instead.";

    /// <exception cref="ApiException">The messages are malformed, the model has no chat template, or the template refuses them.</exception>
    public static ChatPrompt Read(RequestFields fields, ServedModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        CheckTools(fields);
        var generate = fields.Bool("add_generation_prompt", otherwise: true);
        var resume = fields.Bool("continue_final_message");
        if (resume && generate)
        {
            throw ApiException.Bad(fields.TryGet("add_generation_prompt", out _) ? "Cannot set both `continue_final_message` and `add_generation_prompt` to True." : Incompatible);
        }

        var messages = ChatMessages.Read(fields, model);
        if (fields.TryGet("chat_template", out _))
        {
            throw ApiException.Bad("Chat template is passed with request, but --trust-request-chat-template is not set. Refused request with untrusted chat template.");
        }

        var text = Render(model, new ChatTemplateRequest
        {
            Messages = JsonSerializer.SerializeToElement(messages),
            Tools = fields.TryGet("tools", out var tools) ? tools : null,
            AddGenerationPrompt = generate,
            ContinueFinalMessage = resume,
            Variables = Variables(fields),
        });
        var limit = model.Engine.Info.MaxModelLen;
        var ids = PromptLength.Truncate(fields, model.Tokenizer.Encode(text, fields.Bool("add_special_tokens")), limit);
        var last = messages[^1];
        var role = generate ? "assistant" : last["role"]!.GetValue<string>();
        return new ChatPrompt(ids, role, last["role"]!.GetValue<string>() == role ? last["content"]?.GetValue<string>() : null);
    }

    private static void CheckTools(RequestFields fields)
    {
        var choice = fields.TryGet("tool_choice", out var value) ? value : default;
        if (choice.ValueKind == JsonValueKind.String && choice.GetString() == "none")
        {
            return;
        }

        if (!fields.TryGet("tools", out var tools))
        {
            if (choice.ValueKind != JsonValueKind.Undefined)
            {
                throw ApiException.Bad("When using `tool_choice`, `tools` must be set. (parameter=tool_choice)", "tool_choice");
            }

            return;
        }

        if (tools.ValueKind != JsonValueKind.Array)
        {
            throw ApiException.Invalid("tools", "Input should be a valid list", RequestFields.Show(tools));
        }

        throw choice.ValueKind == JsonValueKind.Undefined || (choice.ValueKind == JsonValueKind.String && choice.GetString() == "auto")
            ? ApiException.Bad("\"auto\" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set")
            : ApiException.Bad("a forced tool choice is not supported by this server. (parameter=tool_choice)", "tool_choice");
    }

    private static Dictionary<string, JsonElement> Variables(RequestFields fields)
    {
        var variables = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        if (fields.TryGet("documents", out var documents))
        {
            variables["documents"] = documents;
        }

        if (fields.TryGet("chat_template_kwargs", out var given))
        {
            if (given.ValueKind != JsonValueKind.Object)
            {
                throw ApiException.Invalid("chat_template_kwargs", "Input should be a valid dictionary", RequestFields.Show(given));
            }

            foreach (var member in given.EnumerateObject())
            {
                variables[member.Name] = member.Value;
            }
        }

        return variables;
    }

    private static string Render(ServedModel model, ChatTemplateRequest request)
    {
        var template = model.ChatTemplate ?? throw ApiException.Bad(NoTemplate);
        try
        {
            return template.Render(request);
        }
        catch (ChatTemplateException failure)
        {
            throw ApiException.Bad(failure.Message);
        }
    }
}
