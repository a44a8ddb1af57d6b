using System.Text.Json;
using Octet.Evaluator.IfEval;
using Octet.Evaluator.IfEval.Languages;
using Octet.Evaluator.IfEval.Sentences;

namespace Octet.Evaluator.Tests.IfEval;

/// <summary>A judge with a handful of sentence parameters of our own.</summary>
internal static class JudgeFixture
{
    private const int SeenLower = 1 << 5;

    public static PunktSplitter Sentences { get; } = new(new PunktParameters(["dr", "p.m", "u.s", "ph.d", "u.s.a"], [("##number##", "east")], new Dictionary<string, int> { ["he"] = SeenLower, ["it"] = SeenLower }, ["however"]));

    public static InstructionJudge Judge { get; } = new(new TextModels(Sentences, new LanguageDetector(LanguageProfiles.Default)));

    public static InstructionJudge WithoutSentences { get; } = new(new TextModels(null, new LanguageDetector(LanguageProfiles.Default)));

    public static IEnumerable<JsonElement> Lines(string file) =>
        File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Data", "ifeval", file)).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonElement.Parse(line));
}
