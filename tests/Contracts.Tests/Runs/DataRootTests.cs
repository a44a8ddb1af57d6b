using Octet.Contracts.Runs;
using Xunit;

namespace Octet.Contracts.Tests.Runs;

public sealed class DataRootTests : IDisposable
{
    private readonly string _place = Directory.CreateTempSubdirectory("octet-root-").FullName;
    private readonly DataRoot _root;
    private readonly string _outside;

    public DataRootTests()
    {
        _outside = Directory.CreateDirectory(Path.Combine(_place, "outside")).FullName;
        _root = new DataRoot(Path.Combine(_place, "data"), Path.Combine(_place, "model"));
        Directory.CreateDirectory(Path.Combine(_place, "model"));
    }

    public void Dispose() => Directory.Delete(_place, recursive: true);

    [Theory]
    [InlineData("runs/a")]
    [InlineData("runs/../models/b")]
    [InlineData(".")]
    [InlineData("not/there/yet")]
    public void Resolve_InsideTheRoot_IsItsFullPath(string path)
    {
        Assert.Equal(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path, _root.FullPath)), _root.Resolve(path));
        Assert.Equal(_root.Resolve(path), _root.ResolveReadable(path));
    }

    [Theory]
    [InlineData("..")]
    [InlineData("../outside/x")]
    [InlineData("runs/../../outside")]
    [InlineData("/etc/passwd")]
    [InlineData("../data-of-another")]
    [InlineData("../model/config.json")]
    public void Resolve_OutsideTheRoot_IsRefused(string path)
    {
        var failure = Assert.Throws<OctetException>(() => _root.Resolve(path));

        Assert.Equal(FailureKind.Usage, failure.Kind);
        Assert.Contains($"path '{path}' leaves the data root", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "is empty")]
    [InlineData("runs/\0", "holds a NUL")]
    public void Resolve_NoPath_IsRefused(string path, string reason)
    {
        foreach (var resolve in (Func<string, string>[])[_root.Resolve, _root.ResolveReadable])
        {
            var failure = Assert.Throws<OctetException>(() => resolve(path));
            Assert.Equal(FailureKind.Usage, failure.Kind);
            Assert.Contains(reason, failure.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("link")]
    [InlineData("link/new.json")]
    [InlineData("link/../link/deep/er")]
    [InlineData("chain/new.json")]
    [InlineData("relative/new.json")]
    public void Resolve_LinkThatLeadsOutside_IsRefused(string path)
    {
        Directory.CreateSymbolicLink(Path.Combine(_root.FullPath, "link"), _outside);
        Directory.CreateSymbolicLink(Path.Combine(_root.FullPath, "chain"), Path.Combine(_root.FullPath, "link"));
        Directory.CreateSymbolicLink(Path.Combine(_root.FullPath, "relative"), Path.Combine("..", "outside"));

        Assert.Throws<OctetException>(() => _root.Resolve(path));
        Assert.Throws<OctetException>(() => _root.ResolveReadable(path));
    }

    [Fact]
    public void Resolve_LinkInsideTheRoot_Passes()
    {
        Directory.CreateDirectory(_root.ModelsDirectory);
        Directory.CreateSymbolicLink(Path.Combine(_root.FullPath, "latest"), _root.ModelsDirectory);

        Assert.Equal(Path.Combine(_root.FullPath, "latest", "x"), _root.Resolve("latest/x"));
    }

    [Fact]
    public void Resolve_RootIsBehindALink_Passes()
    {
        Directory.CreateSymbolicLink(Path.Combine(_place, "alias"), _root.FullPath);
        var root = new DataRoot(Path.Combine(_place, "alias"));

        Assert.Equal(Path.Combine(_place, "alias", "runs"), root.Resolve("runs"));
    }

    [Fact]
    public void Resolve_CircleOfLinks_IsRefused()
    {
        Directory.CreateSymbolicLink(Path.Combine(_root.FullPath, "a"), Path.Combine(_root.FullPath, "b"));
        Directory.CreateSymbolicLink(Path.Combine(_root.FullPath, "b"), Path.Combine(_root.FullPath, "a"));

        var failure = Assert.Throws<OctetException>(() => _root.Resolve("a/x"));

        Assert.Contains("circle of symbolic links", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ResolveReadable_ReadOnlyRoot_IsReadButNotWritten()
    {
        var model = Path.Combine(_place, "model", "config.json");

        Assert.Equal(model, _root.ResolveReadable(model));
        Assert.Throws<OctetException>(() => _root.Resolve(model));
    }

    [Fact]
    public void ResolveReadable_LinkOutOfAReadOnlyRoot_IsRefused()
    {
        Directory.CreateSymbolicLink(Path.Combine(_place, "model", "escape"), _outside);

        Assert.Throws<OctetException>(() => _root.ResolveReadable(Path.Combine(_place, "model", "escape", "x")));
    }
}
