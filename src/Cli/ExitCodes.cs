using Octet.Contracts.Runs;

namespace Octet.Cli;

/// <summary>Exit codes of <c>octet</c>. 0 to 2 are verdicts of a run (0 also: the command did what it was asked); 3 and up are failures.</summary>
public static class ExitCodes
{
    public const int Go = 0;
    public const int Success = 0;
    public const int NoGo = 1;

    /// <summary><c>octet parity</c>, <c>octet verify</c> or <c>octet audit</c> found a mismatch.</summary>
    public const int Mismatch = 1;
    public const int Inconclusive = 2;
    public const int Usage = (int)FailureKind.Usage;
    public const int Internal = (int)FailureKind.Internal;

    /// <summary>Ctrl+C or SIGTERM; the run can be resumed.</summary>
    public const int Cancelled = 130;

    /// <summary>The code of a failure is the number of its kind: 3 internal, 4 usage, 5 model, 6 artefact, 7 server, 8 busy, 9 storage, 10 data set, 11 backend, 12 measurement.</summary>
    public static int Of(FailureKind kind) => (int)kind;
}
