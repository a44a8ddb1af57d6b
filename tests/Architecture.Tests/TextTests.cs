using System.Text.RegularExpressions;
using Xunit;

namespace Octet.Architecture.Tests;

/// <summary>What no text of the repository names. The needles are put together here, so that this file does not hold them.</summary>
public sealed class TextTests
{
    private static readonly string[] Registries = ["nuget" + ".org", "npmjs" + ".com", "npmjs" + ".org", "yarnpkg" + ".com", "pypi" + ".org", "pypi.python" + ".org", "pythonhosted" + ".org"];

    /// <summary>Absolute paths of one machine, and folders beside the checkout.</summary>
    private static readonly Regex Workplace = new("(?<![\\w.-])/" + "work/(?:wt|main|shared|[.])|[.][.]/" + "shared/", RegexOptions.Compiled);

    [Fact]
    public void Texts_NameNoPackageRegistry()
    {
        Assert.Empty(Texts().Where(file => Registries.Any(host => file.Text.Contains(host, StringComparison.OrdinalIgnoreCase))).Select(file => file.Path));
    }

    /// <summary>The script that checks everything may look for reference data beside the checkout; nothing else knows of it.</summary>
    [Fact]
    public void Texts_NameNoWorkplacePath()
    {
        Assert.Empty(Texts().Where(file => file.Path != ".ci/run" && Workplace.IsMatch(file.Text)).Select(file => file.Path));
    }

    [Fact]
    public void Repository_HoldsNoPickledWeights()
    {
        Assert.DoesNotContain(Repository.Files, path => Path.GetExtension(path) is ".bin" or ".pt" or ".pth" or ".pkl" or ".pickle");
    }

    private static IEnumerable<(string Path, string Text)> Texts() => Repository.Files
        .Where(path => Path.GetExtension(path) is not (".safetensors" or ".gz" or ".png" or ".parquet" or ".woff2"))
        .Select(path => (path, Repository.Read(path)))
        .Where(file => !file.Item2.Contains('\0', StringComparison.Ordinal));
}
