namespace Octet.Checkpoints.ChatTemplates;

/// <summary>Why a conversation has no prompt text.</summary>
public enum ChatTemplateFailure
{
    /// <summary>The template itself refused the conversation (<c>raise_exception</c>); the message is its own and meant for the client.</summary>
    Raised,

    /// <summary>The template is not valid Jinja, or names a filter or test that does not exist.</summary>
    Syntax,

    /// <summary>Something undefined was used.</summary>
    Undefined,

    /// <summary>The template reached for what a sandbox forbids.</summary>
    Security,

    /// <summary>An operation on values that do not allow it.</summary>
    Runtime,

    /// <summary>Too many steps, too much text, too deep or too slow.</summary>
    Limit,

    /// <summary>The final message cannot be continued.</summary>
    Messages,
}

/// <summary>A chat template cannot be read or rendered.</summary>
/// <param name="failure">The kind of failure.</param>
/// <param name="message">What and where, in one line; for <see cref="ChatTemplateFailure.Raised"/> the text of the template.</param>
public sealed class ChatTemplateException(ChatTemplateFailure failure, string message, Exception? inner = null) : CheckpointException(message, inner)
{
    public ChatTemplateFailure Failure { get; } = failure;

    internal static ChatTemplateException Syntax(string message, int line) => new(ChatTemplateFailure.Syntax, $"line {line}: {message}");

    internal static ChatTemplateException Runtime(string message) => new(ChatTemplateFailure.Runtime, message);

    internal static ChatTemplateException Limit(string message) => new(ChatTemplateFailure.Limit, message);
}
