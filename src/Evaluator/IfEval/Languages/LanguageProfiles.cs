using System.Formats.Tar;
using System.IO.Compression;
using System.Text.Json;

namespace Octet.Evaluator.IfEval.Languages;

/// <summary>How often one to three letters follow each other in 55 languages: the profiles of langdetect, from Wikipedia abstracts.</summary>
public sealed class LanguageProfiles
{
    private const string Resource = "Octet.Evaluator.IfEval.Languages.profiles.tar.gz";
    private static readonly Lazy<LanguageProfiles> Bundled = new(Read);
    private readonly Dictionary<string, (int Language, double Probability)[]> _grams;

    private LanguageProfiles(IReadOnlyList<string> languages, Dictionary<string, (int, double)[]> grams) => (Languages, _grams) = (languages, grams);

    /// <summary>The profiles of this assembly, read at first use.</summary>
    public static LanguageProfiles Default => Bundled.Value;

    public IReadOnlyList<string> Languages { get; }

    /// <summary>Languages that know this run of letters, each with its relative frequency; null when none does.</summary>
    public IReadOnlyList<(int Language, double Probability)>? Find(string gram) => _grams.GetValueOrDefault(gram);

    private static LanguageProfiles Read()
    {
        var languages = new List<string>();
        var grams = new Dictionary<string, List<(int, double)>>(StringComparer.Ordinal);
        using var stream = typeof(LanguageProfiles).Assembly.GetManifestResourceStream(Resource) ?? throw new InvalidOperationException($"{Resource} is not in the assembly");
        using var tar = new TarReader(new GZipStream(stream, CompressionMode.Decompress));
        while (tar.GetNextEntry() is { } entry)
        {
            if (entry.DataStream is { } data && entry.Name.Contains("profiles/", StringComparison.Ordinal))
            {
                using var profile = JsonDocument.Parse(data);
                Add(profile.RootElement, languages, grams);
            }
        }

        return new LanguageProfiles(languages, grams.ToDictionary(gram => gram.Key, gram => gram.Value.ToArray(), StringComparer.Ordinal));
    }

    private static void Add(JsonElement profile, List<string> languages, Dictionary<string, List<(int, double)>> grams)
    {
        var totals = profile.GetProperty("n_words").EnumerateArray().Select(total => total.GetDouble()).ToArray();
        var language = languages.Count;
        languages.Add(profile.GetProperty("name").GetString()!);
        foreach (var gram in profile.GetProperty("freq").EnumerateObject())
        {
            var length = gram.Name.Length;
            if (length is < 1 or > 3)
            {
                continue;
            }

            if (!grams.TryGetValue(gram.Name, out var known))
            {
                grams[gram.Name] = known = [];
            }

            known.Add((language, gram.Value.GetDouble() / totals[length - 1]));
        }
    }
}
