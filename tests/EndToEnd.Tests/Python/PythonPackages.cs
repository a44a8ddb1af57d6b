using System.Diagnostics;
using Xunit;

namespace Octet.EndToEnd.Tests.Python;

/// <summary>Debian's Python with what a worker itself needs; tests are skipped where it is missing.</summary>
internal static class PythonPackages
{
    public const string Interpreter = "/usr/bin/python3";
    private static readonly Lazy<string?> Missing = new(FindMissing);

    public static void SkipWhenMissing() => Assert.SkipWhen(Missing.Value is not null, Missing.Value ?? "");

    private static string? FindMissing()
    {
        if (!File.Exists(Interpreter))
        {
            return $"{Interpreter} is not installed";
        }

        using var probe = Process.Start(new ProcessStartInfo(Interpreter, ["-c", "import redis, pydantic, yaml"]) { RedirectStandardError = true })!;
        probe.WaitForExit();
        return probe.ExitCode == 0 ? null : "python3 has no redis, pydantic or yaml (Debian: python3-redis, python3-pydantic, python3-yaml)";
    }
}
