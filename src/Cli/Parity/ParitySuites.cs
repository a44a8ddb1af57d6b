namespace Octet.Cli.Parity;

/// <summary>Every suite that <c>octet parity</c> knows, in the order of its table.</summary>
public static class ParitySuites
{
    public static IReadOnlyList<IParitySuite> All { get; } =
    [
    ];
}
