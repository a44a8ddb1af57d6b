namespace Octet.Checkpoints.ChatTemplates.Values;

/// <summary>A value of the template language, with the behaviour of its Python type.</summary>
internal abstract class Value
{
    /// <summary>Python's name of the type.</summary>
    public abstract string TypeName { get; }

    /// <summary>Elements; null for what has no length.</summary>
    public virtual int? Length => null;

    public virtual bool IsTrue => Length is not 0;

    public virtual bool IsIterable => false;

    /// <summary>Has a length and elements by key or index.</summary>
    public virtual bool IsSequence => false;

    public virtual bool IsCallable => false;

    /// <summary>May be a key of a dict.</summary>
    public virtual bool IsHashable => true;

    /// <summary>What <c>str()</c> gives and <c>{{ }}</c> prints.</summary>
    public virtual string Text(RenderContext context) => Repr(context);

    public abstract string Repr(RenderContext context);

    public virtual IEnumerable<Value> Iterate() => throw ChatTemplateException.Runtime($"'{TypeName}' object is not iterable");

    /// <summary><c>value[key]</c>; null where Python raises a lookup or type error.</summary>
    public virtual Value? Item(Value key) => null;

    /// <summary><c>value.name</c> of Python; null where there is no such attribute.</summary>
    public virtual Value? Attribute(string name) => MethodTables.Find(this, name);

    public virtual Value Call(RenderContext context, CallArguments arguments) => throw ChatTemplateException.Runtime($"'{TypeName}' object is not callable");

    /// <summary>Elements, each counted as a step.</summary>
    public IEnumerable<Value> Iterate(RenderContext context)
    {
        foreach (var item in Iterate())
        {
            context.Step();
            yield return item;
        }
    }
}
