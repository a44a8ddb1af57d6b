using System.Text.Json;
using Octet.Checkpoints.ChatTemplates.Library;
using Octet.Checkpoints.ChatTemplates.Nodes;
using Octet.Checkpoints.ChatTemplates.Parsing;
using Octet.Checkpoints.ChatTemplates.Values;

namespace Octet.Checkpoints.ChatTemplates;

/// <summary>One message of a conversation.</summary>
/// <param name="Role">system, user, assistant or what the template knows.</param>
/// <param name="Content">Text.</param>
public sealed record ChatMessage(string Role, string Content);

/// <summary>The Jinja chat template of a model folder, rendered in a sandbox under <see cref="ChatTemplateLimits"/>. Thread-safe.</summary>
public sealed class ChatTemplate
{
    private readonly Block _body;
    private readonly ChatTemplateLimits _limits;
    private readonly TimeProvider _clock;
    private readonly IReadOnlyDictionary<string, string> _specialTokens;

    private ChatTemplate(string source, string path, IReadOnlyDictionary<string, string> specialTokens, TimeProvider? clock, ChatTemplateLimits? limits)
    {
        (Path, _specialTokens, _clock, _limits) = (path, specialTokens, clock ?? TimeProvider.System, limits ?? new ChatTemplateLimits());
        _body = Located(() => source.Length > _limits.TemplateLength
            ? throw ChatTemplateException.Limit($"the template has {source.Length} characters, more than {_limits.TemplateLength}")
            : TemplateParser.Parse(source));
    }

    /// <summary>File that holds the template.</summary>
    public string Path { get; }

    /// <summary>The template of <c>chat_template.jinja</c>, or else of <c>tokenizer_config.json</c>; null when there is none.</summary>
    /// <exception cref="CheckpointException">A file is malformed or the template is not valid.</exception>
    public static ChatTemplate? Load(string modelDirectory, TimeProvider? clock = null, ChatTemplateLimits? limits = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(modelDirectory);
        return ChatTemplateFiles.Read(modelDirectory) is var (source, path, tokens) ? new ChatTemplate(source, path, tokens, clock, limits) : null;
    }

    /// <summary>A template from its text.</summary>
    /// <param name="source">Jinja.</param>
    /// <param name="specialTokens"><c>bos_token</c>, <c>eos_token</c>, ...; one that is absent is undefined in the template.</param>
    /// <param name="clock">Local time for <c>strftime_now</c>.</param>
    /// <param name="limits">What rendering may use.</param>
    /// <exception cref="ChatTemplateException">The template is not valid.</exception>
    public static ChatTemplate Parse(string source, IReadOnlyDictionary<string, string>? specialTokens = null, TimeProvider? clock = null, ChatTemplateLimits? limits = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        return new ChatTemplate(source, "chat template", specialTokens ?? new Dictionary<string, string>(), clock, limits);
    }

    /// <summary>The prompt text of a conversation of plain texts.</summary>
    /// <exception cref="ChatTemplateException">The template cannot be rendered with these messages.</exception>
    public string Render(IReadOnlyList<ChatMessage> messages, bool addGenerationPrompt)
    {
        ArgumentNullException.ThrowIfNull(messages);
        var items = messages.Select(message => new Dictionary<string, string> { ["role"] = message.Role, ["content"] = message.Content });
        return Render(new ChatTemplateRequest { Messages = JsonSerializer.SerializeToElement(items), AddGenerationPrompt = addGenerationPrompt });
    }

    /// <summary>The prompt text of a conversation.</summary>
    /// <exception cref="ChatTemplateException">The template cannot be rendered with these messages.</exception>
    public string Render(ChatTemplateRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        return Located(() =>
        {
            var messages = JsonText.Read(request.Messages) as ListValue ?? throw new ChatTemplateException(ChatTemplateFailure.Messages, "messages must be a list");
            if (messages.Items.Count == 0)
            {
                throw new ChatTemplateException(ChatTemplateFailure.Messages, "Cannot apply chat template to an empty conversation. Provide at least one message.");
            }

            if (!request.ContinueFinalMessage)
            {
                return Render(messages, request);
            }

            var (marked, content) = FinalMessage.Marked(messages);
            return FinalMessage.Cut(Render(marked, request), content);
        });
    }

    /// <summary>The text that the template gives for these variables alone.</summary>
    /// <exception cref="ChatTemplateException">The template cannot be rendered with them.</exception>
    public string RenderVariables(IReadOnlyDictionary<string, JsonElement> variables)
    {
        ArgumentNullException.ThrowIfNull(variables);
        return Located(() =>
        {
            var scope = new Scope(new RenderContext(_limits, _clock), null);
            foreach (var (name, value) in variables)
            {
                scope.Set(name, JsonText.Read(value));
            }

            return _body.ToText(scope);
        });
    }

    private string Render(ListValue messages, ChatTemplateRequest request)
    {
        var scope = new Scope(new RenderContext(_limits, _clock), null);
        foreach (var (name, text) in _specialTokens)
        {
            scope.Set(name, new StringValue(text));
        }

        scope.Set("messages", messages);
        scope.Set("tools", request.Tools is { } tools ? JsonText.Read(tools) : NoneValue.Instance);
        scope.Set("documents", NoneValue.Instance);
        scope.Set("add_generation_prompt", BoolValue.Of(request.AddGenerationPrompt));
        foreach (var (name, value) in request.Variables)
        {
            scope.Set(name, JsonText.Read(value));
        }

        return _body.ToText(scope);
    }

    /// <summary>Names the file in every failure but those that the template raised itself.</summary>
    private T Located<T>(Func<T> work)
    {
        try
        {
            return work();
        }
        catch (ChatTemplateException failure) when (failure.Failure is not (ChatTemplateFailure.Raised or ChatTemplateFailure.Messages))
        {
            throw new ChatTemplateException(failure.Failure, $"{Path}: {failure.Message}", failure);
        }
    }
}
