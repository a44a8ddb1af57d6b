using Octet.Checkpoints.ChatTemplates.Library;
using Octet.Checkpoints.ChatTemplates.Values;

namespace Octet.Checkpoints.ChatTemplates;

/// <summary>Continuing the last message: a tag behind its content shows where the rendered text has to end.</summary>
internal static class FinalMessage
{
    private const string Tag = "CONTINUE_FINAL_MESSAGE_TAG ";

    /// <summary>The messages with the tag behind the last one's content, and that content.</summary>
    public static (ListValue Messages, string Content) Marked(ListValue messages)
    {
        var last = messages.Items is [.., DictValue final] ? final : throw Refused("there is no final message to continue");
        var (marked, content) = MarkedContent(last.Item(new StringValue("content")));
        return (new ListValue([.. messages.Items.Take(messages.Items.Count - 1), With(last, "content", marked)]), content);
    }

    /// <summary>The rendered text up to the tag; also without the blanks before it when the template trims.</summary>
    public static string Cut(string text, string content)
    {
        var bare = Tag.TrimEnd();
        var at = text.LastIndexOf(bare, StringComparison.Ordinal);
        if (at < 0 || !text.Contains(PythonText.Strip(content, null, left: true, right: true), StringComparison.Ordinal))
        {
            throw Refused("continue_final_message is set but the final message does not appear in the chat after applying the chat template");
        }

        return string.CompareOrdinal(text, at, Tag, 0, Tag.Length) == 0 ? text[..at] : PythonText.Strip(text[..at], null, left: false, right: true);
    }

    private static (Value Marked, string Content) MarkedContent(Value? content)
    {
        if (content is StringValue text)
        {
            return (new StringValue(text.Value + Tag), text.Value);
        }

        var parts = content is ListValue list ? list.Items.ToList() : throw Refused("continue_final_message is set but the final message has no content to continue");
        var index = parts.FindLastIndex(part => TextOf(part) is not null);
        if (index < 0)
        {
            throw Refused("continue_final_message is set but there is no text to continue in the final message");
        }

        var last = TextOf(parts[index])!.Value;
        parts[index] = With((DictValue)parts[index], "text", new StringValue(last + Tag));
        return (new ListValue(parts), last);
    }

    private static StringValue? TextOf(Value part) => (part as DictValue)?.Item(new StringValue("text")) as StringValue;

    private static DictValue With(DictValue source, string key, Value value)
    {
        var copy = new DictValue();
        foreach (var entry in source.Entries)
        {
            copy.Set(entry.Key, entry.Value);
        }

        copy.Set(new StringValue(key), value);
        return copy;
    }

    private static ChatTemplateException Refused(string message) => new(ChatTemplateFailure.Messages, message);
}
