using Octet.Contracts.Runs;
using Octet.Pipeline.Cache;
using Xunit;

namespace Octet.Pipeline.Tests;

public sealed class StageCacheTests : IDisposable
{
    private const string Stage = "load";
    private static readonly string[] Names = ["load.json", "requests.parquet"];
    private readonly string _folder = Directory.CreateTempSubdirectory("octet-cache-").FullName;
    private readonly DataRoot _root;
    private readonly string _run;
    private readonly string _key = ContentHash.Of("inputs");

    public StageCacheTests()
    {
        _root = new DataRoot(_folder);
        _run = Directory.CreateDirectory(Path.Combine(_folder, "run")).FullName;
        Write(_run, "first");
    }

    private string Entry => Directory.GetDirectories(Path.Combine(_root.CacheDirectory, "stages")).Single();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Restore_WhatWasKept_IsTheSameBytes()
    {
        var cache = new StageCache(_root);
        var other = Directory.CreateDirectory(Path.Combine(_folder, "other")).FullName;

        cache.Keep(Stage, _key, Names, _run);

        Assert.True(cache.Has(Stage, _key, Names));
        cache.Restore(Stage, _key, other);
        Assert.All(Names, name => Assert.Equal(File.ReadAllBytes(Path.Combine(_run, name)), File.ReadAllBytes(Path.Combine(other, name))));
        Assert.Equal(Names.Length, Directory.GetFiles(other).Length);
    }

    [Fact]
    public void Restore_StageWithAFolder_BringsAllItHolds()
    {
        string[] names = [.. Names, "more/"];
        var cache = new StageCache(_root);
        var other = Directory.CreateDirectory(Path.Combine(_folder, "other")).FullName;
        var deep = Path.Combine(_run, "more", "base", "samples.jsonl");
        Directory.CreateDirectory(Path.GetDirectoryName(deep)!);
        File.WriteAllText(deep, "rows");

        cache.Keep(Stage, _key, names, _run);
        Assert.True(cache.Has(Stage, _key, names));
        Assert.False(cache.Has(Stage, _key, Names));
        cache.Restore(Stage, _key, other);
        Assert.Equal("rows", File.ReadAllText(Path.Combine(other, "more", "base", "samples.jsonl")));

        File.Delete(Path.Combine(Entry, "more", "base", "samples.jsonl"));
        Assert.False(cache.Has(Stage, _key, names));
    }

    [Fact]
    public void Has_StageWithAFolder_NeedsNotHaveIt()
    {
        var cache = new StageCache(_root);

        cache.Keep(Stage, _key, [.. Names, "more/"], _run);

        Assert.True(cache.Has(Stage, _key, [.. Names, "more/"]));
    }

    [Fact]
    public void Has_OtherInputsStageOrFiles_IsFalse()
    {
        var cache = new StageCache(_root);
        cache.Keep(Stage, _key, Names, _run);

        Assert.False(cache.Has(Stage, ContentHash.Of("inputs", ""), Names));
        Assert.False(cache.Has("evaluate", _key, Names));
        Assert.False(cache.Has(Stage, _key, [.. Names, "more.json"]));
        Assert.False(cache.Has(Stage, _key, ["load.json"]));
    }

    [Theory]
    [InlineData("load.json", "truncate")]
    [InlineData("requests.parquet", "flip")]
    [InlineData("load.json", "delete")]
    [InlineData("SHA256SUMS", "delete")]
    [InlineData("SHA256SUMS", "truncate")]
    [InlineData("SHA256SUMS", "flip")]
    public void Has_DamagedEntry_IsFalseUntilItIsKeptAgain(string file, string damage)
    {
        var cache = new StageCache(_root);
        cache.Keep(Stage, _key, Names, _run);
        Damage(Path.Combine(Entry, file), damage);

        Assert.False(cache.Has(Stage, _key, Names));

        Write(_run, "second");
        cache.Keep(Stage, _key, Names, _run);
        Assert.True(cache.Has(Stage, _key, Names));
        Assert.Equal("second", File.ReadAllText(Path.Combine(Entry, Names[0])));
    }

    [Fact]
    public void Keep_SoundEntryIsThere_IsLeftAlone()
    {
        var cache = new StageCache(_root);
        cache.Keep(Stage, _key, Names, _run);
        Write(_run, "second");

        cache.Keep(Stage, _key, Names, _run);

        Assert.Equal("first", File.ReadAllText(Path.Combine(Entry, Names[0])));
    }

    [Fact]
    public async Task Keep_ManyRunsAtOnce_LeavesOneSoundEntryOfOneRun()
    {
        var runs = Enumerable.Range(0, 8).Select(i => Directory.CreateDirectory(Path.Combine(_folder, $"run{i}")).FullName).ToArray();
        foreach (var run in runs)
        {
            Write(run, run);
        }

        await Task.WhenAll(runs.Select(run => Task.Run(() => new StageCache(_root).Keep(Stage, _key, Names, run), TestContext.Current.CancellationToken)));

        Assert.True(new StageCache(_root).Has(Stage, _key, Names));
        Assert.Single(Names.Select(name => File.ReadAllText(Path.Combine(Entry, name))).Distinct());
    }

    [Fact]
    public void Keep_FileOfTheRunIsMissing_LeavesNothing()
    {
        File.Delete(Path.Combine(_run, Names[1]));

        var failure = Assert.Throws<OctetException>(() => new StageCache(_root).Keep(Stage, _key, Names, _run));

        Assert.Equal(FailureKind.Storage, failure.Kind);
        Assert.Empty(Directory.GetDirectories(Path.Combine(_root.CacheDirectory, "stages")));
    }

    [Fact]
    public void Of_PartsThatRunIntoEachOther_Differ()
    {
        Assert.NotEqual(ContentHash.Of("ab", "c"), ContentHash.Of("a", "bc"));
        Assert.NotEqual(ContentHash.Of("a"), ContentHash.Of("a", ""));
    }

    [Fact]
    public async Task OfFolderAsync_ContentNameOrNumberOfFilesChanges_Differs()
    {
        var hashes = new List<string> { await Hash() };
        Write(_run, "FIRST");
        hashes.Add(await Hash());
        File.Move(Path.Combine(_run, Names[0]), Path.Combine(_run, "renamed"));
        hashes.Add(await Hash());
        File.WriteAllText(Path.Combine(_run, "empty"), "");
        hashes.Add(await Hash());

        Assert.Equal(4, hashes.Distinct().Count());

        Task<string> Hash() => ContentHash.OfFolderAsync(_run, TestContext.Current.CancellationToken);
    }

    private static void Write(string folder, string text) => Array.ForEach(Names, name => File.WriteAllText(Path.Combine(folder, name), text));

    private static void Damage(string path, string how)
    {
        var bytes = File.ReadAllBytes(path);
        switch (how)
        {
            case "delete":
                File.Delete(path);
                break;
            case "truncate":
                File.WriteAllBytes(path, bytes[..^1]);
                break;
            default:
                bytes[^2] ^= 1;
                File.WriteAllBytes(path, bytes);
                break;
        }
    }
}
