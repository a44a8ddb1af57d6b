namespace Octet.Checkpoints.ChatTemplates;

/// <summary>One message of a conversation.</summary>
/// <param name="Role">system, user, assistant or what the template knows.</param>
/// <param name="Content">Text.</param>
public sealed record ChatMessage(string Role, string Content);

/// <summary>The Jinja chat template of a model folder.</summary>
public sealed class ChatTemplate
{
    private ChatTemplate(string path) => Path = path;

    /// <summary>File that holds the template.</summary>
    public string Path { get; }

    /// <summary>The template of <c>chat_template.jinja</c>; null when there is none.</summary>
    public static ChatTemplate? Load(string modelDirectory)
    {
        var path = System.IO.Path.Combine(modelDirectory, "chat_template.jinja");
        return File.Exists(path) ? new ChatTemplate(path) : null;
    }

    /// <summary>The prompt text of a conversation.</summary>
    /// <exception cref="CheckpointException">The template cannot be rendered.</exception>
    public string Render(IReadOnlyList<ChatMessage> messages, bool addGenerationPrompt)
    {
        ArgumentNullException.ThrowIfNull(messages);
        throw new CheckpointException($"{Path}: chat templates cannot be rendered by this build{(addGenerationPrompt ? "; use /v1/completions" : "")}");
    }
}
