using System.Globalization;
using System.Text;
using Octet.Checkpoints.ChatTemplates.Nodes;
using Octet.Checkpoints.ChatTemplates.Values;

namespace Octet.Checkpoints.ChatTemplates.Library;

/// <summary><c>str.format</c> with fields by position or name, attributes and keys under the sandbox, and no format specification but a width.</summary>
internal static class BraceFormat
{
    public static string Apply(string format, CallArguments arguments, RenderContext context)
    {
        var text = new StringBuilder();
        var next = 0;
        for (var i = 0; i < format.Length; i++)
        {
            if (format[i] is '{' or '}' && i + 1 < format.Length && format[i + 1] == format[i])
            {
                text.Append(format[i++]);
                continue;
            }

            if (format[i] != '{')
            {
                text.Append(format[i] != '}' ? format[i] : throw ChatTemplateException.Runtime("Single '}' encountered in format string"));
                continue;
            }

            var close = format.IndexOf('}', i);
            if (close < 0)
            {
                throw ChatTemplateException.Runtime("Single '{' encountered in format string");
            }

            text.Append(Field(format[(i + 1)..close], arguments, ref next, context));
            i = close;
        }

        return context.Made(text.ToString());
    }

    private static string Field(string field, CallArguments arguments, ref int next, RenderContext context)
    {
        if (field.Contains(':', StringComparison.Ordinal) || field.Contains('!', StringComparison.Ordinal))
        {
            throw ChatTemplateException.Runtime($"format specifications ('{field}') are not supported");
        }

        var parts = field.Split('.', '[');
        Value? value = parts[0].Length == 0 ? arguments.Positional.ElementAtOrDefault(next++)
            : int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var index) ? arguments.Positional.ElementAtOrDefault(index)
            : arguments.NamedOrNull(parts[0]);
        value = value ?? throw ChatTemplateException.Runtime($"Replacement '{field}' has no argument");
        foreach (var part in parts.Skip(1))
        {
            value = part.EndsWith(']') ? Access.Item(value, Key(part[..^1])) : Access.Attribute(value, part);
        }

        return value.Text(context);
    }

    private static Value Key(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var index) ? new IntValue(index) : new StringValue(text);
}
