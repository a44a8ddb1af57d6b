using System.Text.RegularExpressions;

namespace Octet.Architecture.Tests;

/// <summary>The files of the repository, without what builds and runs leave in its folders.</summary>
internal static class Repository
{
    private static readonly HashSet<string> LeftOut = new(StringComparer.Ordinal)
    {
        ".git", "bin", "obj", "node_modules", "TestResults", "__pycache__", ".venv", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".vs", ".idea", "octet-data", "artifacts",
    };

    public static string Root { get; } = FindRoot();

    /// <summary>Paths from the root, with forward slashes.</summary>
    public static IReadOnlyList<string> Files { get; } = [.. Walk(Root).Select(path => Path.GetRelativePath(Root, path).Replace('\\', '/')).Order(StringComparer.Ordinal)];

    public static IReadOnlyList<ProjectFile> Projects { get; } = [.. Files.Where(path => path.EndsWith(".csproj", StringComparison.Ordinal)).Select(ProjectFile.Read)];

    /// <summary>C# that ships: no tests.</summary>
    public static IReadOnlyList<string> ProductCode { get; } = [.. Files.Where(path => path.EndsWith(".cs", StringComparison.Ordinal) && Regex.IsMatch(path, "^(src|ServiceDefaults|AppHost)/"))];

    public static string Read(string path) => File.ReadAllText(Path.Combine(Root, path));

    private static IEnumerable<string> Walk(string folder) =>
        Directory.EnumerateFiles(folder).Where(file => Path.GetFileName(file) != ".git").Concat(Directory.EnumerateDirectories(folder).Where(inner => !LeftOut.Contains(Path.GetFileName(inner))).SelectMany(Walk));

    private static string FindRoot()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "Aspire.sln")))
        {
            directory = directory.Parent;
        }

        return directory?.FullName ?? throw new InvalidOperationException("Aspire.sln is in no parent folder of the tests.");
    }
}
