using Octet.Checkpoints.ChatTemplates;
using Octet.Evaluator.Data;

namespace Octet.Evaluator.Prompting;

/// <summary>Puts system instruction, description, examples and document together as lm-eval does.</summary>
/// <param name="template">Chat template; null for plain text.</param>
/// <param name="multiturn">With a template: every example is a turn of its own.</param>
/// <param name="system">System instruction; null for none.</param>
public sealed class PromptBuilder(ChatTemplate? template, bool multiturn, string? system)
{
    private const string Paragraph = "\n\n";

    /// <summary>False: the conversation is for a chat endpoint, which applies its own template.</summary>
    public bool HasTemplate => template is not null;

    /// <exception cref="ChatTemplateException">The template refuses the conversation.</exception>
    public Prompt Build(EvalDocument document, IReadOnlyList<EvalDocument> examples, bool asChat)
    {
        ArgumentNullException.ThrowIfNull(document);
        ArgumentNullException.ThrowIfNull(examples);
        var task = document.Leaf.Task;
        var opening = string.Join(Paragraph, new[] { system, document.Description }.Where(text => !string.IsNullOrEmpty(text)));
        var joined = string.Concat(examples.Select(example => example.Text + task.TargetDelimiter + example.Answer + task.FewshotDelimiter));
        if (!asChat)
        {
            return new Prompt(opening + joined + document.Text, task.TargetDelimiter, []);
        }

        var messages = new List<ChatMessage>();
        if (opening.Length > 0)
        {
            messages.Add(new ChatMessage("system", opening));
        }

        foreach (var example in multiturn ? examples : [])
        {
            messages.Add(new ChatMessage("user", example.Text));
            messages.Add(new ChatMessage("assistant", example.Answer));
        }

        messages.Add(new ChatMessage("user", multiturn ? document.Text : joined + document.Text));
        return new Prompt(template?.Render(messages, addGenerationPrompt: true) ?? "", "", messages);
    }
}
