namespace Octet.Evaluator.Prompting;

/// <summary>What the model is shown before its answer.</summary>
/// <param name="Context">Whole text, the chat template applied where there is one.</param>
/// <param name="Delimiter">Stands between context and answer.</param>
/// <param name="Messages">The conversation, for a chat endpoint.</param>
public sealed record Prompt(string Context, string Delimiter, IReadOnlyList<Checkpoints.ChatTemplates.ChatMessage> Messages);
