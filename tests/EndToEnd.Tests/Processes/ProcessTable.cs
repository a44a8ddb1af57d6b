using System.Globalization;

namespace Octet.EndToEnd.Tests.Processes;

/// <summary>What /proc says.</summary>
internal static class ProcessTable
{
    /// <summary>Direct children that run.</summary>
    public static IReadOnlyList<int> ChildrenOf(int parent) =>
        [.. Directory.EnumerateDirectories("/proc").Select(path => int.TryParse(Path.GetFileName(path), CultureInfo.InvariantCulture, out var id) ? id : 0)
            .Where(id => id > 0 && Read(id) is { } state && state.Parent == parent && state.Lives)];

    /// <summary>True while it runs; a zombie that nobody collected does not.</summary>
    public static bool Lives(int process) => Read(process) is { Lives: true };

    /// <summary>The arguments it was started with.</summary>
    public static string CommandLine(int process)
    {
        try
        {
            return File.ReadAllText($"/proc/{process}/cmdline").Replace('\0', ' ');
        }
        catch (IOException)
        {
            return "";
        }
    }

    private static (int Parent, bool Lives)? Read(int process)
    {
        try
        {
            // pid (name) state ppid ...: the name may hold anything, so read from its last bracket on.
            var stat = File.ReadAllText($"/proc/{process}/stat");
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return (int.Parse(fields[1], CultureInfo.InvariantCulture), fields[0] is not ("Z" or "X"));
        }
        catch (IOException)
        {
            return null;
        }
    }
}
