using Octet.Contracts.Runs;

namespace Octet.Cli.Commands;

/// <summary>Limits of numbers on the command line.</summary>
internal static class OptionRange
{
    /// <exception cref="OctetException">Kind Usage: the value is smaller.</exception>
    public static int AtLeast(string name, int value, int least) => value >= least ? value : throw new OctetException(FailureKind.Usage, $"{name} {value} is less than {least}");
}
