using System.Formats.Tar;
using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using Octet.Contracts.Runs;

namespace Octet.Evaluator.IfEval.Sentences;

/// <summary>Punkt's English parameters: abbreviations, collocations, sentence starters and how words are written. Their licence is not clear, so they
/// are read from the user's disk or fetched like a data set, and their content is checked.</summary>
public sealed class PunktParameters
{
    /// <summary>Of the parameters that lm-eval uses.</summary>
    internal const string ContentHash = "84b10c45fecf70dd5fb96d40453c00464d0f53d3fb6db786c1453ee5ad0eb580";
    private const long LargestFile = 1 << 22;
    private static readonly string[] Files = ["abbrev_types.txt", "collocations.tab", "ortho_context.tab", "sent_starters.txt"];

    /// <param name="abbreviations">Words that may end in a period inside a sentence, in lower case without it.</param>
    /// <param name="collocations">Pairs of word types that a period does not part.</param>
    /// <param name="orthography">Contexts in which a word was seen, as bits.</param>
    /// <param name="starters">Words that often begin a sentence.</param>
    public PunktParameters(IEnumerable<string> abbreviations, IEnumerable<(string First, string Second)> collocations, IReadOnlyDictionary<string, int> orthography, IEnumerable<string> starters)
    {
        Abbreviations = abbreviations.ToHashSet(StringComparer.Ordinal);
        Collocations = collocations.ToHashSet();
        Orthography = orthography;
        Starters = starters.ToHashSet(StringComparer.Ordinal);
    }

    public IReadOnlySet<string> Abbreviations { get; }

    public IReadOnlySet<(string First, string Second)> Collocations { get; }

    /// <summary>Contexts in which a word was seen, as bits.</summary>
    public IReadOnlyDictionary<string, int> Orthography { get; }

    public IReadOnlySet<string> Starters { get; }

    /// <summary>Where the parameters may lie: beside the data sets, or where nltk keeps them.</summary>
    public static IEnumerable<string> Places(string datasets, string? nltkData)
    {
        yield return Path.Combine(datasets, "ifeval", "resources", "punkt_english_params.tar.gz");
        yield return Path.Combine(datasets, "punkt_tab");
        yield return Path.Combine(datasets, "punkt_tab", "english");
        yield return Path.Combine(datasets, "punkt_tab.zip");
        if (nltkData is not null)
        {
            yield return Path.Combine(nltkData, "tokenizers", "punkt_tab", "english");
            yield return Path.Combine(nltkData, "tokenizers", "punkt_tab.zip");
        }
    }

    /// <summary>The first of the places that exists; null when none does.</summary>
    /// <exception cref="OctetException">Kind Dataset: the files are damaged or are others than lm-eval uses.</exception>
    public static PunktParameters? Find(IEnumerable<string> places)
    {
        ArgumentNullException.ThrowIfNull(places);
        return places.FirstOrDefault(place => File.Exists(place) || File.Exists(Path.Combine(place, Files[0]))) is { } found ? Load(found) : null;
    }

    /// <param name="path">A folder with the four files, a tar.gz that holds them, or nltk's punkt_tab.zip.</param>
    /// <exception cref="OctetException">Kind Dataset: the files are damaged or are others than lm-eval uses.</exception>
    public static PunktParameters Load(string path) => Load(path, ContentHash);

    /// <param name="path">As above.</param>
    /// <param name="content">Hash of the parameters that are wanted.</param>
    internal static PunktParameters Load(string path, string content)
    {
        try
        {
            var lines = Directory.Exists(path) ? Files.ToDictionary(file => file, file => Lines(File.ReadAllText(Path.Combine(path, file))))
                : path.EndsWith(".zip", StringComparison.Ordinal) ? FromZip(path) : FromTar(path);
            var hash = Hash(lines);
            return hash == content
                ? FromLines(lines)
                : throw new OctetException(FailureKind.Dataset, $"{path}: these are not punkt's English parameters that lm-eval uses (content {hash[..12]} instead of {content[..12]}); remove them or take nltk's punkt_tab");
        }
        catch (Exception exception) when (exception is IOException or InvalidDataException or KeyNotFoundException or UnauthorizedAccessException)
        {
            throw new OctetException(FailureKind.Dataset, $"{path}: punkt's parameters cannot be read: {exception.Message}", exception);
        }
    }

    /// <summary>The English ones of the many languages.</summary>
    private static Dictionary<string, string[]> FromZip(string path)
    {
        using var zip = ZipFile.OpenRead(path);
        return Files.ToDictionary(file => file, file =>
        {
            var entry = zip.GetEntry($"punkt_tab/english/{file}") ?? throw new InvalidDataException($"it holds no punkt_tab/english/{file}");
            using var reader = new StreamReader(entry.Length <= LargestFile ? entry.Open() : throw new InvalidDataException($"{file} has {entry.Length} bytes"));
            return Lines(reader.ReadToEnd());
        });
    }

    private static Dictionary<string, string[]> FromTar(string path)
    {
        var lines = new Dictionary<string, string[]>(StringComparer.Ordinal);
        using var stream = new GZipStream(File.OpenRead(path), CompressionMode.Decompress);
        using var tar = new TarReader(stream);
        while (tar.GetNextEntry() is { } entry)
        {
            if (entry.DataStream is { } data && Files.Contains(Path.GetFileName(entry.Name)))
            {
                using var reader = new StreamReader(data);
                lines[Path.GetFileName(entry.Name)] = Lines(reader.ReadToEnd());
            }
        }

        return lines.Count == Files.Length ? lines : throw new InvalidDataException($"it holds {lines.Count} of {Files.Length} files");
    }

    private static PunktParameters FromLines(Dictionary<string, string[]> lines) => new(
        lines[Files[0]],
        lines[Files[1]].Select(line => line.Split('\t')).Select(pair => (pair[0], pair[1])),
        lines[Files[2]].Select(line => line.Split('\t')).ToDictionary(pair => pair[0], pair => int.Parse(pair[1], CultureInfo.InvariantCulture), StringComparer.Ordinal),
        lines[Files[3]]);

    private static string[] Lines(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>SHA-256 over the sorted lines, so that another order or layout of the same parameters is accepted.</summary>
    private static string Hash(Dictionary<string, string[]> lines) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join("\n\n", Files.Select(file => string.Join('\n', lines[file].Order(StringComparer.Ordinal)))))));
}
