using Octet.Checkpoints.ChatTemplates.Library;

namespace Octet.Checkpoints.ChatTemplates.Values;

/// <summary>Finds the methods of a value by its type.</summary>
internal static class MethodTables
{
    private static readonly Dictionary<string, FunctionValue> None = [];

    public static Value? Find(Value owner, string name) => owner switch
    {
        IntValue number when name is "real" or "numerator" => new IntValue(number.Number),
        IntValue when name is "imag" => new IntValue(0),
        IntValue when name is "denominator" => new IntValue(1),
        FloatValue when name is "real" => owner,
        FloatValue when name is "imag" => new FloatValue(0),
        _ => TableOf(owner).TryGetValue(name, out var method) ? new BoundMethodValue(owner, method) : null,
    };

    /// <summary>True for methods that would change the value: the sandbox hides them.</summary>
    public static bool Changes(Value owner, string name) => owner switch
    {
        DictValue => name is "clear" or "pop" or "popitem" or "setdefault" or "update",
        ListValue => name is "append" or "clear" or "extend" or "insert" or "pop" or "remove" or "reverse" or "sort",
        _ => false,
    };

    private static Dictionary<string, FunctionValue> TableOf(Value owner) => owner switch
    {
        StringValue => StringMethods.Table,
        DictValue => ContainerMethods.OfDict,
        SequenceValue => ContainerMethods.OfSequence,
        _ => None,
    };
}
