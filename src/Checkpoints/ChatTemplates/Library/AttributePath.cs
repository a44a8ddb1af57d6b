using System.Globalization;
using Octet.Checkpoints.ChatTemplates.Nodes;
using Octet.Checkpoints.ChatTemplates.Values;

namespace Octet.Checkpoints.ChatTemplates.Library;

/// <summary>The <c>attribute</c> argument of filters: <c>name</c>, <c>a.b</c>, an index, or none for the element itself.</summary>
internal static class AttributePath
{
    public static Func<Value, Value> Of(Value? attribute, RenderContext context, Value? otherwise = null)
    {
        if (attribute is null or NoneValue)
        {
            return static item => item;
        }

        var parts = attribute is StringValue text ? text.Value.Split('.').Select(Part).ToList() : [attribute];
        return item =>
        {
            foreach (var part in parts)
            {
                context.Step();
                item = Access.Item(item, part);
                item = item is UndefinedValue ? otherwise ?? item : item;
            }

            return item;
        };
    }

    /// <summary>The key that sorts and compares without regard to case.</summary>
    public static Func<Value, Value> Folded(Value? attribute, bool caseSensitive, RenderContext context)
    {
        var get = Of(attribute, context);
        return caseSensitive ? get : item => get(item) is StringValue text ? new StringValue(PythonText.Lower(text.Value)) : get(item);
    }

    private static Value Part(string part) => int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var index) ? new IntValue(index) : new StringValue(part);
}
