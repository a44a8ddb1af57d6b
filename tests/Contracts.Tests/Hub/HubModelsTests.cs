using System.Text;
using Octet.Contracts.Hub;
using Octet.Contracts.Runs;
using Xunit;

namespace Octet.Contracts.Tests.Hub;

public sealed class HubModelsTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("octet-models-");
    private readonly Dictionary<string, byte[]> _files = new()
    {
        ["config.json"] = "{}"u8.ToArray(),
        ["tokenizer.json"] = "{\"a\":1}"u8.ToArray(),
        ["merges.txt"] = "a b"u8.ToArray(),
        ["README.md"] = "text"u8.ToArray(),
        ["pytorch_model.bin"] = new byte[10],
        ["original/params.json"] = "{}"u8.ToArray(),
        ["consolidated.safetensors"] = new byte[50],
        ["model.safetensors.index.json"] = Encoding.UTF8.GetBytes("""{"weight_map":{"a":"model-00001-of-00002.safetensors","b":"model-00002-of-00002.safetensors"}}"""),
        ["model-00001-of-00002.safetensors"] = Bytes(300_001, 1),
        ["model-00002-of-00002.safetensors"] = Bytes(5_000, 2),
    };

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private string Snapshot => Path.Combine(_folder.FullName, "models--someone--small-model", "snapshots", ModelHub.Revision);

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task FetchAsync_ShardedModel_IsFetchedWithoutOtherFilesAndKept()
    {
        await using var hub = await ModelHub.StartAsync(_files, Stop);
        var told = new Told();

        var folder = await FetchAsync(hub.Url, progress: told);
        var asked = hub.Requests.Count;
        var again = await FetchAsync(hub.Url);

        Assert.Equal(Snapshot, folder);
        Assert.Equal(folder, again);
        Assert.Equal(asked, hub.Requests.Count);
        Assert.Equal(
            ["config.json", "merges.txt", "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors", "model.safetensors.index.json", "tokenizer.json"],
            Directory.GetFiles(folder, "*", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(folder, path)).Order(StringComparer.Ordinal));
        Assert.Equal(_files["model-00001-of-00002.safetensors"], await File.ReadAllBytesAsync(Path.Combine(folder, "model-00001-of-00002.safetensors"), Stop));
        Assert.Equal(305_001, told.Last!.Total);
        Assert.Equal(told.Last.Total, told.Last.Done);
    }

    [Fact]
    public async Task FetchAsync_ConnectionCutTwice_GoesOnWhereItStopped()
    {
        await using var hub = await ModelHub.StartAsync(_files, Stop);
        var told = new Told();
        (hub.Cuts, hub.HasCome) = (2, told.HasCome);

        var folder = await FetchAsync(hub.Url, progress: told);

        Assert.Equal(_files["model-00001-of-00002.safetensors"], await File.ReadAllBytesAsync(Path.Combine(folder, "model-00001-of-00002.safetensors"), Stop));
        Assert.Contains(hub.Requests, request => request.Range.StartsWith("bytes=", StringComparison.Ordinal));
    }

    [Fact]
    public async Task FetchAsync_CutEveryTime_KeepsWhatCameForTheNextCall()
    {
        await using var hub = await ModelHub.StartAsync(_files, Stop);
        var told = new Told();
        (hub.Cuts, hub.HasCome) = (100, told.HasCome);

        var failure = await Assert.ThrowsAsync<OctetException>(() => FetchAsync(hub.Url, progress: told));
        Assert.Null(HubModels.Find(Access(hub.Url, null), ModelHub.Id));
        var before = hub.Requests.Count;
        hub.Cuts = 0;
        await FetchAsync(hub.Url);

        Assert.Equal(FailureKind.Model, failure.Kind);
        Assert.Contains(hub.Requests.Skip(before), request => request.Range.StartsWith("bytes=", StringComparison.Ordinal));
        Assert.Equal(_files["model-00001-of-00002.safetensors"], await File.ReadAllBytesAsync(Path.Combine(Snapshot, "model-00001-of-00002.safetensors"), Stop));
    }

    [Fact]
    public async Task FetchAsync_DamagedFile_IsRefusedAndNotKept()
    {
        await using var hub = await ModelHub.StartAsync(_files, Stop);
        hub.Damaged = true;

        var failure = await Assert.ThrowsAsync<OctetException>(() => FetchAsync(hub.Url));

        Assert.Contains("came damaged", failure.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(Snapshot));
    }

    [Fact]
    public async Task FetchAsync_GatedModelWithoutToken_SaysWhatItNeeds()
    {
        await using var hub = await ModelHub.StartAsync(_files, Stop, "secret");

        var failure = await Assert.ThrowsAsync<OctetException>(() => FetchAsync(hub.Url));
        var folder = await FetchAsync(hub.Url, "secret");

        Assert.Contains("HF_TOKEN", failure.Message, StringComparison.Ordinal);
        Assert.Equal(Snapshot, folder);
    }

    [Fact]
    public async Task FetchAsync_RedirectOnTheHub_KeepsTheToken()
    {
        await using var hub = await ModelHub.StartAsync(_files, Stop, "secret");
        hub.Elsewhere = "/kept/";

        var folder = await FetchAsync(hub.Url, "secret");

        Assert.Equal(_files["model-00001-of-00002.safetensors"], await File.ReadAllBytesAsync(Path.Combine(folder, "model-00001-of-00002.safetensors"), Stop));
        Assert.Contains(hub.Requests, request => request.Path == "/kept/config.json");
    }

    [Fact]
    public async Task FetchAsync_RedirectToAnotherServer_DoesNotShowItTheToken()
    {
        await using var store = await ModelHub.StartAsync(_files, Stop);
        await using var hub = await ModelHub.StartAsync(_files, Stop, "secret");
        hub.Elsewhere = store.Url + "kept/";

        await FetchAsync(hub.Url, "secret");

        Assert.Equal(6, store.Requests.Count);
        Assert.All(store.Requests, request => Assert.Equal("", request.Authorization));
    }

    [Fact]
    public async Task FetchAsync_RedirectsWithoutEnd_AreNamedAfterFive()
    {
        await using var hub = await ModelHub.StartAsync(_files, Stop);
        hub.Elsewhere = $"/{ModelHub.Id}/resolve/{ModelHub.Revision}/";

        var failure = await Assert.ThrowsAsync<OctetException>(() => FetchAsync(hub.Url));

        Assert.Contains("answered 307; redirects are followed five times", failure.Message, StringComparison.Ordinal);
        Assert.Equal(2 + 6, hub.Requests.Count);
    }

    [Fact]
    public async Task FetchAsync_FileOfAnotherSizeInPlace_IsFetchedAgain()
    {
        await using var hub = await ModelHub.StartAsync(_files, Stop);
        Directory.CreateDirectory(Snapshot);
        await File.WriteAllTextAsync(Path.Combine(Snapshot, "config.json"), "{", Stop);

        await FetchAsync(hub.Url);

        Assert.Equal(_files["config.json"], await File.ReadAllBytesAsync(Path.Combine(Snapshot, "config.json"), Stop));
    }

    [Theory]
    [InlineData("tokenizer.json")]
    [InlineData("model-00002-of-00002.safetensors")]
    public async Task FetchAsync_SnapshotThatLacksAFile_IsFilled(string lost)
    {
        await using var hub = await ModelHub.StartAsync(_files, Stop);
        await FetchAsync(hub.Url);
        File.Delete(Path.Combine(Snapshot, lost));
        Assert.Null(HubModels.Find(Access(hub.Url, null), ModelHub.Id));

        await FetchAsync(hub.Url);

        Assert.Equal(_files[lost], await File.ReadAllBytesAsync(Path.Combine(Snapshot, lost), Stop));
    }

    [Fact]
    public void Find_OneShardWithoutItsIndex_IsNotWhole()
    {
        Directory.CreateDirectory(Snapshot);
        foreach (var name in (string[])["config.json", "tokenizer.json", "model-00001-of-00002.safetensors"])
        {
            File.WriteAllBytes(Path.Combine(Snapshot, name), _files[name]);
        }

        Assert.Null(HubModels.Find(Access(new Uri("http://127.0.0.1:1/"), null), ModelHub.Id));
    }

    [Fact]
    public async Task FetchAsync_ModelWithoutTokenizer_IsRefusedBeforeItsWeights()
    {
        _files.Remove("tokenizer.json");
        await using var hub = await ModelHub.StartAsync(_files, Stop);

        Assert.Contains("has no tokenizer.json", (await Assert.ThrowsAsync<OctetException>(() => FetchAsync(hub.Url))).Message, StringComparison.Ordinal);
        Assert.Equal(2, hub.Requests.Count);
    }

    [Fact]
    public async Task FetchAsync_LessRoomThanTheWeights_CountsWhatIsHere()
    {
        const string Large = "model-00001-of-00002.safetensors";
        await using var hub = await ModelHub.StartAsync(_files, Stop);
        var size = hub.Sizes[Large] = new DriveInfo(_folder.FullName).AvailableFreeSpace + (1L << 30);

        var without = await Assert.ThrowsAsync<OctetException>(() => FetchAsync(hub.Url));
        await using (var partial = new FileStream(Path.Combine(Snapshot, Large + ".incomplete"), FileMode.Create))
        {
            partial.SetLength(size - 10); // a sparse file
        }

        hub.Elsewhere = "/nowhere/";
        var with = await Assert.ThrowsAsync<OctetException>(() => FetchAsync(hub.Url));

        Assert.Equal(FailureKind.Storage, without.Kind);
        Assert.Contains("MiB free", without.Message, StringComparison.Ordinal);
        Assert.Equal(FailureKind.Model, with.Kind);
        Assert.Contains("answered 404", with.Message, StringComparison.Ordinal);
        Assert.Contains(hub.Requests, request => request.Range == $"bytes={size - 10}-");
    }

    [Fact]
    public async Task FetchAsync_FileInGit_IsCheckedByItsBlob()
    {
        await using var hub = await ModelHub.StartAsync(_files, Stop);
        using var downloads = new HubDownloads(Access(hub.Url, null), FailureKind.Model, TimeProvider.System);
        var target = Path.Combine(_folder.FullName, "config.json");
        var address = $"{ModelHub.Id}/resolve/{ModelHub.Revision}/config.json";

        var damaged = await Assert.ThrowsAsync<OctetException>(() => downloads.FetchAsync(address, new HubFile("config.json", 2, null) { GitBlob = new string('0', 40) }, target, _ => { }, Stop));
        Assert.False(File.Exists(target));
        await downloads.FetchAsync(address, new HubFile("config.json", 2, null) { GitBlob = "9e26dfeeb6e641a33dae4961196235bdb965b21b" }, target, _ => { }, Stop); // git hash-object

        Assert.Contains("2 bytes with SHA1 9e26dfeeb6e641a33dae4961196235bdb965b21b", damaged.Message, StringComparison.Ordinal);
        Assert.Equal("{}", await File.ReadAllTextAsync(target, Stop));
    }

    [Fact]
    public void FromEnvironment_TokenWithNewline_IsTrimmed() =>
        Assert.Equal("secret", HubAccess.FromEnvironment(name => name == "HF_TOKEN" ? "secret\n" : null).Token);

    [Fact]
    public async Task FetchAsync_OnlyPickledWeights_AreRefused()
    {
        foreach (var name in _files.Keys.Where(name => name.Contains("safetensors", StringComparison.Ordinal)).ToArray())
        {
            _files.Remove(name);
        }

        await using var hub = await ModelHub.StartAsync(_files, Stop);

        Assert.Contains("no safetensors weights", (await Assert.ThrowsAsync<OctetException>(() => FetchAsync(hub.Url))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task FetchAsync_NobodyListens_SaysWhereAndWhatToDo()
    {
        var failure = await Assert.ThrowsAsync<OctetException>(() => FetchAsync(new Uri("http://127.0.0.1:1/")));

        Assert.Equal(FailureKind.Model, failure.Kind);
        Assert.Contains("http://127.0.0.1:1/", failure.Message, StringComparison.Ordinal);
        Assert.Contains("HF_ENDPOINT", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("org/name", true)]
    [InlineData("Qwen/Qwen2.5-0.5B", true)]
    [InlineData("name", false)]
    [InlineData("../name", false)]
    [InlineData("/nowhere", false)]
    [InlineData("a/b/c", false)]
    [InlineData("org/na me", false)]
    public void IsId_OnlyOwnerAndName_AreAnId(string text, bool expected) => Assert.Equal(expected, HubModels.IsId(text));

    private static byte[] Bytes(int length, int seed)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    private HubAccess Access(Uri url, string? token) => new(url, _folder.FullName, token, Offline: false);

    private async Task<string> FetchAsync(Uri url, string? token = null, IProgress<HubProgress>? progress = null)
    {
        var access = Access(url, token);
        using var downloads = new HubDownloads(access, FailureKind.Model, TimeProvider.System);
        return await new HubModels(access, downloads).FetchAsync(ModelHub.Id, progress ?? new Told(), Stop);
    }

    private sealed class Told : IProgress<HubProgress>
    {
        public HubProgress? Last { get; private set; }

        public void Report(HubProgress value) => Last = value;

        public bool HasCome(long bytes) => bytes == 0 || (Last?.File.EndsWith(".safetensors", StringComparison.Ordinal) == true && Last.Done >= bytes);
    }
}
