using System.Text.Json;

namespace Octet.Checkpoints.ChatTemplates;

/// <summary>What a chat template is rendered with.</summary>
public sealed record ChatTemplateRequest
{
    /// <summary>Array of messages, objects with at least a role.</summary>
    public required JsonElement Messages { get; init; }

    /// <summary>Array of tools; null for none.</summary>
    public JsonElement? Tools { get; init; }

    /// <summary>Ends the text where the assistant's answer begins.</summary>
    public bool AddGenerationPrompt { get; init; }

    /// <summary>Ends the text inside the last message, so that the model goes on with it.</summary>
    public bool ContinueFinalMessage { get; init; }

    /// <summary>Further variables of the template (<c>chat_template_kwargs</c>); they win over the model's own.</summary>
    public IReadOnlyDictionary<string, JsonElement> Variables { get; init; } = new Dictionary<string, JsonElement>();
}
