using System.Text.RegularExpressions;
using Xunit;

namespace Octet.Architecture.Tests;

/// <summary>Names, places and sizes of files.</summary>
public sealed class LayoutTests
{
    private const int LongestFile = 500;
    private const int LongestMedian = 80;
    private const int LongestProgram = 40;
    private static readonly Regex EmptyWord = new("Common|Shared|Utils|Utilities|Manager|Helper", RegexOptions.IgnoreCase);

    [Fact]
    public void Solution_NamesEveryProjectInTheTree()
    {
        var solution = Repository.Read("Aspire.sln").Replace('\\', '/');

        Assert.DoesNotContain(Repository.Projects.Select(project => project.Path), path => !solution.Contains(path, StringComparison.Ordinal));
    }

    [Fact]
    public void EverySourceProject_HasItsTests()
    {
        var names = Repository.Projects.Select(project => project.Name).ToHashSet(StringComparer.Ordinal);
        var sources = Repository.Projects.Where(project => project.Path.StartsWith("src/", StringComparison.Ordinal) && project.Name != "DemoModel").Select(project => project.Name);

        Assert.DoesNotContain(sources, name => !names.Contains(name + ".Tests"));
    }

    [Fact]
    public void ProjectNames_HaveNoDotsButForTests()
    {
        Assert.DoesNotContain(Repository.Projects.Select(project => project.Name), name => Regex.Replace(name, @"\.Tests$", "").Contains('.', StringComparison.Ordinal));
    }

    [Fact]
    public void FilesAndFolders_SayWhatTheyHold()
    {
        Assert.DoesNotContain(Repository.Files, path => EmptyWord.IsMatch(Path.GetFileName(path)) || path.Split('/')[..^1].Any(folder => EmptyWord.IsMatch(folder)));
    }

    [Fact]
    public void Types_SayWhatTheyAre()
    {
        Assert.Empty(SourceTree.Product.SelectMany(tree => tree.TypeNames().Where(name => EmptyWord.IsMatch(name)).Select(name => $"{tree.Path}: {name}")));
    }

    [Fact]
    public void Namespaces_StartWithOctet()
    {
        Assert.Empty(SourceTree.Product.SelectMany(tree => tree.Namespaces().Where(name => !name.StartsWith("Octet.", StringComparison.Ordinal)).Select(name => $"{tree.Path}: {name}")));
    }

    [Fact]
    public void Services_ShipNoAppSettings()
    {
        Assert.DoesNotContain(Repository.Files, path => Path.GetFileName(path).StartsWith("appsettings", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public void CodeFiles_AreShort()
    {
        var code = Repository.Files.Where(path => Path.GetExtension(path) is ".cs" or ".py" or ".proto").Select(path => (Path: path, Lines: Lines(path))).ToArray();

        Assert.DoesNotContain(code, file => file.Lines > LongestFile);
        var product = code.Where(file => Repository.ProductCode.Contains(file.Path)).Select(file => file.Lines).Order().ToArray();
        Assert.InRange(product[product.Length / 2], 1, LongestMedian);
    }

    [Fact]
    public void Programs_AreShortAndExposeWhatTheyRun()
    {
        var programs = Repository.Files.Where(path => Regex.IsMatch(path, "^src/[^/]+/Program.cs$")).ToArray();

        Assert.DoesNotContain(programs, path => Lines(path) > LongestProgram);
        foreach (var name in (string[])["Quantizer", "Evaluator", "LoadTester", "Reporter", "Pipeline", "Gateway"])
        {
            var text = Repository.Read($"src/{name}/Program.cs");
            string[] steps = ["AddServiceDefaults(", $"Add{name}()", "Build()", "MapDefaultEndpoints()", $"Map{name}()"];
            Assert.True(steps.Select(step => text.IndexOf(step, StringComparison.Ordinal)).Aggregate(0, (last, at) => last >= 0 && at > last ? at : -1) > 0, $"src/{name}/Program.cs: not in the order {string.Join(" -> ", steps)}");
        }
    }

    [Fact]
    public void Protos_AreNamedByServiceAndVersion()
    {
        var wrong = Repository.Files.Where(path => path.EndsWith(".proto", StringComparison.Ordinal)).Where(path =>
        {
            var (folder, text) = (Path.GetDirectoryName(path)!.Replace('\\', '/'), Repository.Read(path));
            var package = Regex.Match(text, @"^package (octet\.[a-z]+\.v\d+);", RegexOptions.Multiline).Groups[1].Value;
            return !folder.EndsWith("/protos/" + package.Replace('.', '/'), StringComparison.Ordinal) || !Regex.IsMatch(text, @"csharp_namespace = ""Octet\.Contracts\.\w+\.V\d+""");
        });

        Assert.Empty(wrong);
    }

    private static int Lines(string path) => File.ReadLines(Path.Combine(Repository.Root, path)).Count();
}
