using System.Globalization;
using System.Numerics;
using Octet.Checkpoints.CompressedTensors;

namespace Octet.Checkpoints.ChatTemplates.Values;

internal sealed class NoneValue : Value
{
    public static NoneValue Instance { get; } = new();

    public override string TypeName => "NoneType";

    public override bool IsTrue => false;

    public override string Repr(RenderContext context) => "None";
}

internal abstract class NumberValue : Value
{
    public abstract double Double { get; }
}

/// <summary>An int of any size; bool is a kind of int, as in Python.</summary>
internal class IntValue(BigInteger number) : NumberValue
{
    public BigInteger Number { get; } = number;

    public override string TypeName => "int";

    public override bool IsTrue => !Number.IsZero;

    public override double Double => (double)Number;

    public override string Repr(RenderContext context) => Number.ToString(CultureInfo.InvariantCulture);
}

internal sealed class BoolValue : IntValue
{
    private BoolValue(bool value)
        : base(value ? BigInteger.One : BigInteger.Zero)
    {
    }

    public static BoolValue True { get; } = new(true);

    public static BoolValue False { get; } = new(false);

    public override string TypeName => "bool";

    public static BoolValue Of(bool value) => value ? True : False;

    public override string Repr(RenderContext context) => IsTrue ? "True" : "False";
}

internal sealed class FloatValue(double number) : NumberValue
{
    public override string TypeName => "float";

    public override bool IsTrue => number != 0;

    public override double Double => number;

    public override string Repr(RenderContext context) => double.IsFinite(number)
        ? PythonJson.Float(number)
        : double.IsNaN(number) ? "nan" : number > 0 ? "inf" : "-inf";
}
