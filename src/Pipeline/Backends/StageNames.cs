namespace Octet.Pipeline.Backends;

/// <summary>The stages whose work a backend does.</summary>
public static class StageNames
{
    public const string Quantize = "quantize";
    public const string Evaluate = "evaluate";
    public const string Load = "load";
}
