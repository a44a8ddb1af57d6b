using Xunit;

namespace Octet.EndToEnd.Tests.Processes;

/// <summary>How a command ended.</summary>
internal sealed record OctetResult(int ExitCode, IReadOnlyList<string> Output, IReadOnlyList<string> Errors)
{
    /// <summary>All it said, for messages of assertions.</summary>
    public string Transcript => $"code {ExitCode}\n{string.Join('\n', Output.Concat(Errors).TakeLast(40))}";

    /// <summary>Fails unless it ended so.</summary>
    public OctetResult Ended(params ReadOnlySpan<int> codes)
    {
        Assert.True(codes.Contains(ExitCode), Transcript);
        return this;
    }

    /// <summary>Fails unless it ended so and said exactly one line, without a stack trace, about it.</summary>
    public string OneLine(int code)
    {
        Ended(code);
        var line = Assert.Single(Errors);
        Assert.StartsWith("octet: ", line, StringComparison.Ordinal);
        Assert.DoesNotContain("internal error", line, StringComparison.Ordinal);
        return line;
    }
}
