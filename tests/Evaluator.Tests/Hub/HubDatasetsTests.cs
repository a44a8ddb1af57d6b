using System.Text.Json.Serialization;
using Octet.Contracts.Runs;
using Octet.Evaluator.Data;
using Octet.Evaluator.Scoring;
using Octet.Evaluator.Tasks;
using Parquet.Serialization;
using Xunit;

namespace Octet.Evaluator.Tests.Hub;

public sealed class HubDatasetsTests : IDisposable
{
    private const string Task = """
        task: animals
        dataset_path: someone/animals
        dataset_name: easy
        test_split: test
        output_type: multiple_choice
        doc_to_text: question
        doc_to_choice: "{{choices.text}}"
        doc_to_target: "{{choices.label.index(answerKey)}}"
        metrics: [acc]
        """;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("octet-hub-");

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static TaskLeaf Leaf => new(TaskFile.Parse(Task, "animals.yaml"), "animals", "");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task FilesAsync_ParquetOnTheHub_IsReadAsItsRowsAndKept()
    {
        await using var hub = await HubServer.StartAsync(await FilesAsync(), damaged: false, "secret", Stop);
        using var datasets = Datasets(hub, "secret");

        var rows = await new FolderRows(_folder.FullName, datasets.FilesAsync).ReadAsync(Leaf, "test", Stop);
        var asked = hub.Requests.Count;
        var again = await datasets.FilesAsync(Leaf, "test", Stop);

        var document = new DocumentMaker(Leaf).Make(rows[1].Value, 1);
        Assert.Equal(["x", "y"], document.Choices);
        Assert.Equal(1, document.Gold);
        Assert.Equal("""{"id": "b", "question": "Second?", "choices": {"text": ["x", "y"], "label": ["1", "2"]}, "answerKey": "2"}""", Octet.Evaluator.Python.PythonJson.Line(document.Json));
        Assert.Equal(asked, hub.Requests.Count); // the second time nothing is asked
        Assert.Equal(Path.Combine(_folder.FullName, "hub", "datasets--someone--animals", "snapshots", HubServer.Revision, "easy", "test-00000-of-00001.parquet"), Assert.Single(again));
        Assert.All(hub.Requests, request => Assert.Equal("Bearer secret", request.Authorization));
    }

    [Fact]
    public async Task FilesAsync_HalfOfASplitInTheCache_FetchesTheRest()
    {
        var rows = (await FilesAsync()).Values.First();
        await using var hub = await HubServer.StartAsync(
            new Dictionary<string, byte[]> { ["easy/test-00000-of-00002.parquet"] = rows, ["easy/test-00001-of-00002.parquet"] = rows, ["easy/dev-00000-of-00001.parquet"] = rows }, damaged: false, null, Stop);
        using var datasets = Datasets(hub, null);
        await datasets.FilesAsync(Leaf, "dev", Stop); // the revision is known from here on
        File.Delete((await datasets.FilesAsync(Leaf, "test", Stop))[1]);

        Assert.Empty(await datasets.CachedAsync(Leaf, "test", Stop));
        var files = await datasets.FilesAsync(Leaf, "test", Stop);

        Assert.Equal(["test-00000-of-00002.parquet", "test-00001-of-00002.parquet"], files.Select(Path.GetFileName));
        Assert.All(files, file => Assert.True(File.Exists(file)));
        Assert.Equal(files, await datasets.CachedAsync(Leaf, "test", Stop));
    }

    [Fact]
    public async Task FilesAsync_DamagedFile_IsRefusedAndNotKept()
    {
        await using var hub = await HubServer.StartAsync(await FilesAsync(), damaged: true, null, Stop);
        using var datasets = Datasets(hub, null);

        var failure = await Assert.ThrowsAsync<OctetException>(() => datasets.FilesAsync(Leaf, "test", Stop));

        Assert.Equal(FailureKind.Dataset, failure.Kind);
        Assert.Contains("came damaged", failure.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_folder.FullName, "*.parquet", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task FilesAsync_WithoutToken_SaysWhatAGatedDataSetNeeds()
    {
        await using var hub = await HubServer.StartAsync(await FilesAsync(), damaged: false, "secret", Stop);
        using var datasets = Datasets(hub, null);

        var failure = await Assert.ThrowsAsync<OctetException>(() => datasets.FilesAsync(Leaf, "test", Stop));

        Assert.Contains("HF_TOKEN", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task FilesAsync_SplitThatIsNotThere_IsNamed()
    {
        await using var hub = await HubServer.StartAsync(await FilesAsync(), damaged: false, null, Stop);
        using var datasets = Datasets(hub, null);

        var failure = await Assert.ThrowsAsync<OctetException>(() => datasets.FilesAsync(Leaf, "dev", Stop));

        Assert.Contains("split 'dev' of 'easy'", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task FilesAsync_Offline_AsksNobody()
    {
        using var datasets = HubDatasets.FromEnvironment(name => name switch { "HF_HOME" => _folder.FullName, "HF_HUB_OFFLINE" => "1", _ => null }, TimeProvider.System);

        var failure = await Assert.ThrowsAsync<OctetException>(() => datasets.FilesAsync(Leaf, "test", Stop));

        Assert.Contains("HF_HUB_OFFLINE", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task FilesAsync_Download_IsReportedToItsEnd()
    {
        var files = await FilesAsync();
        await using var hub = await HubServer.StartAsync(files, damaged: false, null, Stop);
        var heard = new List<FetchProgress>();
        using var datasets = HubDatasets.FromEnvironment(name => name switch { "HF_ENDPOINT" => hub.Url.ToString(), "HF_HOME" => _folder.FullName, _ => null }, TimeProvider.System, heard.Add);

        await datasets.FilesAsync(Leaf, "test", Stop);

        long size = files["easy/test-00000-of-00001.parquet"].Length;
        Assert.Equal(new FetchProgress("someone/animals", "easy/test-00000-of-00001.parquet", size, size), heard[^1]);
        Assert.Equal("fetching someone/animals easy/test-00000-of-00001.parquet", EvaluationProgress.Of(heard[^1]).Task);
    }

    [Fact]
    public async Task CheckAsync_ManySplitsOfOneDataSet_AsksForItsListOnceAndFetchesNothing()
    {
        await using var hub = await HubServer.StartAsync(await FilesAsync(), damaged: false, null, Stop);
        using var datasets = Datasets(hub, null);

        await datasets.CheckAsync(Leaf, "test", Stop);
        var missing = await Assert.ThrowsAsync<OctetException>(() => datasets.CheckAsync(Leaf, "dev", Stop));

        Assert.Contains("split 'dev' of 'easy'", missing.Message, StringComparison.Ordinal);
        Assert.Equal(2, hub.Requests.Count);
        Assert.Empty(Directory.GetFileSystemEntries(_folder.FullName));
    }

    [Fact]
    public async Task CheckAsync_NobodyListens_SaysWhatWhereAndWhatToDo()
    {
        Uri gone;
        await using (var hub = await HubServer.StartAsync(await FilesAsync(), damaged: false, null, Stop))
        {
            gone = hub.Url;
        }

        using var datasets = HubDatasets.FromEnvironment(name => name switch { "HF_ENDPOINT" => gone.ToString(), "HF_HOME" => _folder.FullName, _ => null }, TimeProvider.System);

        var failure = await Assert.ThrowsAsync<OctetException>(() => datasets.CheckAsync(Leaf, "test", Stop));

        Assert.Equal(FailureKind.Dataset, failure.Kind);
        Assert.StartsWith($"task animals: data set someone/animals: the hub {gone} cannot be reached (", failure.Message, StringComparison.Ordinal);
        Assert.EndsWith("; name a folder with --datasets DIR, or set HF_ENDPOINT to a mirror", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void FromEnvironment_EndpointThatIsNone_IsRefused() =>
        Assert.Throws<OctetException>(() => HubDatasets.FromEnvironment(name => name == "HF_ENDPOINT" ? "ftp://x" : null, TimeProvider.System));

    [Fact]
    public async Task Find_FolderInTheHubsForm_IsTakenWithoutTheHub()
    {
        var target = Directory.CreateDirectory(Path.Combine(_folder.FullName, "someone", "animals", "easy"));
        await File.WriteAllBytesAsync(Path.Combine(target.FullName, "test-00000-of-00001.parquet"), (await FilesAsync()).Values.First(), Stop);

        var rows = await new FolderRows(_folder.FullName).ReadAsync(Leaf, "test", Stop);

        Assert.Equal(2, rows.Count);
    }

    private HubDatasets Datasets(HubServer hub, string? token) => HubDatasets.FromEnvironment(
        name => name switch { "HF_ENDPOINT" => hub.Url.ToString(), "HF_HOME" => _folder.FullName, "HF_TOKEN" => token, _ => null }, TimeProvider.System);

    private static async Task<Dictionary<string, byte[]>> FilesAsync()
    {
        AnimalRow[] rows =
        [
            new() { Id = "a", Question = "First?", Choices = new AnimalChoices { Text = ["u", "v", "w"], Label = ["A", "B", "C"] }, AnswerKey = "A" },
            new() { Id = "b", Question = "Second?", Choices = new AnimalChoices { Text = ["x", "y"], Label = ["1", "2"] }, AnswerKey = "2" },
        ];
        using var stream = new MemoryStream();
        await ParquetSerializer.SerializeAsync(rows, stream, cancellationToken: Stop);
        return new Dictionary<string, byte[]> { ["easy/test-00000-of-00001.parquet"] = stream.ToArray(), ["README.md"] = [1, 2] };
    }
}

/// <summary>A row in ARC's form.</summary>
public sealed class AnimalRow
{
    [JsonPropertyName("id")]
    public string? Id { get; set; }

    [JsonPropertyName("question")]
    public string? Question { get; set; }

    [JsonPropertyName("choices")]
    public AnimalChoices? Choices { get; set; }

    [JsonPropertyName("answerKey")]
    public string? AnswerKey { get; set; }
}

/// <summary>The choices of <see cref="AnimalRow"/>.</summary>
public sealed class AnimalChoices
{
    [JsonPropertyName("text")]
    public List<string>? Text { get; set; }

    [JsonPropertyName("label")]
    public List<string>? Label { get; set; }
}
