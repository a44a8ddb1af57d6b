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
