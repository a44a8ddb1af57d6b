using System.Text;
using Octet.Checkpoints.ChatTemplates.Library;
using Octet.Checkpoints.ChatTemplates.Values;

namespace Octet.Checkpoints.ChatTemplates.Nodes;

/// <summary>Names that are visible at one place of a template.</summary>
internal sealed class Scope(RenderContext context, Scope? parent)
{
    private readonly Dictionary<string, Value> _names = new(StringComparer.Ordinal);

    public RenderContext Context { get; } = context;

    public Scope Inner() => new(Context, this);

    public void Set(string name, Value value) => _names[name] = value;

    public Value Find(string name)
    {
        for (var scope = this; scope is not null; scope = scope.Outer)
        {
            if (scope._names.TryGetValue(name, out var value))
            {
                return value;
            }
        }

        return Globals.Table.TryGetValue(name, out var global) ? global : UndefinedValue.Name(name);
    }

    private Scope? Outer { get; } = parent;
}

/// <summary>Rendered text.</summary>
internal sealed class Output(RenderContext context)
{
    private readonly StringBuilder _text = new();

    public void Append(string text) => _text.Append(context.Made(text));

    public override string ToString() => _text.ToString();
}
