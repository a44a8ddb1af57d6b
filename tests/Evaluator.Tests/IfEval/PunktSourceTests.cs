using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;
using Octet.Contracts.Runs;
using Octet.Evaluator.Data;
using Octet.Evaluator.IfEval.Sentences;
using Octet.Evaluator.Tests.Endpoints;
using Octet.Evaluator.Tests.Runs;
using Xunit;

namespace Octet.Evaluator.Tests.IfEval;

/// <summary>Punkt's parameters from a real HTTP server; the archive is made here and is not nltk's.</summary>
public sealed class PunktSourceTests(StoriesEndpoint model) : IClassFixture<StoriesEndpoint>, IAsyncLifetime
{
    /// <summary>File by file, sorted: what the hash of the content is over.</summary>
    private static readonly (string Name, string Text)[] Parameters = [("abbrev_types.txt", "dr\nmr"), ("collocations.tab", "##number##\teast"), ("ortho_context.tab", "he\t20\nit\t20"), ("sent_starters.txt", "however")];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("octet-punkt-");
    private readonly List<string> _asked = [];
    private WebApplication _server = null!;
    private byte[] _served = Zip();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        _server = builder.Build();
        _server.Urls.Add("http://127.0.0.1:0");
        _server.MapGet("/{**path}", (string path) =>
        {
            _asked.Add(path);
            return Microsoft.AspNetCore.Http.Results.Bytes(_served);
        });
        await _server.StartAsync(Stop);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task LoadAsync_NothingOnTheDisk_FetchesChecksAndKeeps()
    {
        var heard = new List<FetchProgress>();

        var first = await Source(heard: heard).LoadAsync([], Stop);
        var second = await Source(offline: true).LoadAsync([], Stop);

        Assert.Equal(["dr", "mr"], first.Abbreviations.Order(StringComparer.Ordinal));
        Assert.Equal(20, second.Orthography["it"]);
        Assert.Equal(["nltk/nltk_data/550b6625bcef1f2abff2ff770a5a0d272c9c6b2a/packages/tokenizers/punkt_tab.zip"], _asked);
        Assert.Equal(new FetchProgress("nltk_data", "packages/tokenizers/punkt_tab.zip", _served.Length, _served.Length), heard[^1]);
        Assert.Equal(_served, await File.ReadAllBytesAsync(Directory.GetFiles(_folder.FullName, "*", SearchOption.AllDirectories).Single(), Stop));
    }

    [Fact]
    public async Task LoadAsync_OtherBytes_AreRefusedAndNotKept()
    {
        var source = Source();
        _served = [.. _served[..^1], (byte)(_served[^1] ^ 1)];

        var failure = await Assert.ThrowsAsync<OctetException>(() => source.LoadAsync([], Stop));

        Assert.Equal(FailureKind.Dataset, failure.Kind);
        Assert.Contains("punkt_tab.zip came damaged from http://127.0.0.1", failure.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_folder.FullName, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task LoadAsync_RightBytesWithOtherParameters_AreRefused()
    {
        var failure = await Assert.ThrowsAsync<OctetException>(() => Source(content: PunktArchive.Published.Content).LoadAsync([], Stop));

        Assert.Contains("not punkt's English parameters", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task LoadAsync_ZipWithoutEnglish_IsRefused()
    {
        _served = Zip("punkt_tab/german/");

        var failure = await Assert.ThrowsAsync<OctetException>(() => Source().LoadAsync([], Stop));

        Assert.Contains("it holds no punkt_tab/english/abbrev_types.txt", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void FromEnvironment_AddressThatIsNone_IsRefused() =>
        Assert.Throws<OctetException>(() => PunktSource.FromEnvironment(name => name == PunktSource.ServerVariable ? "x" : null, TimeProvider.System, null));

    [Theory]
    [InlineData(true, "HF_HUB_OFFLINE is set")]
    [InlineData(false, "came damaged")]
    public async Task RunAsync_ParametersThatCannotBeHad_LeaveTheirInstructionsOutCountedAndSaid(bool offline, string reason)
    {
        using var workspace = new Workspace();
        workspace.Write("data/ifeval/input_data.jsonl", """
            {"key": 1, "prompt": "Tell of a cat.", "instruction_id_list": ["punctuation:no_comma", "length_constraints:number_sentences"], "kwargs": [{}, {"num_sentences": 1, "relation": "at least"}]}
            {"key": 2, "prompt": "Tell of a dog.", "instruction_id_list": ["punctuation:no_comma"], "kwargs": [{}]}

            """);
        var options = workspace.Options(model.Endpoint) with
        {
            ServedModelName = StoriesEndpoint.Model,
            Tasks = ["ifeval"],
            GenerationSettings = new Dictionary<string, string> { ["max_gen_toks"] = "8" },
            Variables = name => name switch { "HF_HOME" => _folder.FullName, "HF_HUB_OFFLINE" => offline ? "1" : null, PunktSource.ServerVariable => _server.Urls.First(), _ => null },
        };

        var outcome = await Workspace.RunAsync(options);

        Assert.Equal((1, 2), (outcome.Report.Tasks[0].Metrics["instructions_left_out"], outcome.Report.Tasks[0].Documents));
        var said = Assert.Single(outcome.Report.Problems);
        Assert.StartsWith("ifeval: 1 instructions about sentences and words, counted as instructions_left_out: ", said, StringComparison.Ordinal);
        Assert.Contains(reason, said, StringComparison.Ordinal);
        Assert.EndsWith($"; put nltk's punkt_tab.zip into {options.DatasetsPath}, or name nltk's own folder by NLTK_DATA", said, StringComparison.Ordinal);
        Assert.Equal(offline ? 0 : 1, _asked.Count);
    }

    private PunktSource Source(bool offline = false, string? content = null, List<FetchProgress>? heard = null) => new(
        new PunktArchive(new Uri(_server.Urls.First()), PunktArchive.Published.File with { Size = _served.Length, Sha256 = Hash(_served) }, content ?? Hash(Encoding.UTF8.GetBytes(string.Join("\n\n", Parameters.Select(file => file.Text))))),
        _folder.FullName, offline, TimeProvider.System, heard is null ? null : heard.Add);

    private static string Hash(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    private static byte[] Zip(string folder = "punkt_tab/english/")
    {
        using var stream = new MemoryStream();
        using (var zip = new ZipArchive(stream, ZipArchiveMode.Create))
        {
            foreach (var (name, text) in Parameters)
            {
                using var writer = new StreamWriter(zip.CreateEntry(folder + name).Open());
                writer.Write(text);
            }
        }

        return stream.ToArray();
    }
}
