using Xunit;

namespace Octet.Architecture.Tests;

public sealed class SolutionTests
{
    [Fact]
    public void Solution_NamesEveryProjectInTheTree()
    {
        var root = RepositoryRoot();
        var solution = File.ReadAllText(Path.Combine(root, "Aspire.sln")).Replace('\\', '/');

        var missing = Directory.EnumerateFiles(root, "*.csproj", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(root, path).Replace('\\', '/'))
            .Where(path => !solution.Contains(path, StringComparison.Ordinal));

        Assert.Empty(missing);
    }

    private static string RepositoryRoot()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "Aspire.sln")))
        {
            directory = directory.Parent;
        }

        return directory?.FullName ?? throw new InvalidOperationException("Aspire.sln is in no parent folder of the tests.");
    }
}
