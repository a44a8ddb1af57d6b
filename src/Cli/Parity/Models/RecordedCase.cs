using System.Text.Json;

namespace Octet.Cli.Parity.Models;

/// <summary>A checkpoint folder with prompts that a real tool ran on it.</summary>
/// <param name="Name">Shown in reports.</param>
/// <param name="ModelDirectory">The checkpoint.</param>
/// <param name="DescriptionPath">JSON with the prompts and what was measured.</param>
/// <param name="TensorsPath">Safetensors file with the outputs.</param>
internal sealed record RecordedCase(string Name, string ModelDirectory, string DescriptionPath, string TensorsPath)
{
    /// <summary>Original models: <c>models/CASE/expected/reference.*</c>.</summary>
    public static IReadOnlyList<RecordedCase> Originals(ParityFolders folders) =>
    [
        .. from model in Folders(Path.Combine(folders.Goldens, "models"))
           let expected = Path.Combine(model, "expected", "reference.safetensors")
           where File.Exists(expected)
           select new RecordedCase(Path.GetFileName(model), model, Path.ChangeExtension(expected, ".json"), expected),
    ];

    /// <summary>W8A8 artefacts: <c>llm-compressor/CASE/KIND</c> with <c>KIND_w8a8_reference.*</c> beside the folder.</summary>
    public static IReadOnlyList<RecordedCase> Artifacts(ParityFolders folders) =>
    [
        .. from model in Folders(Path.Combine(folders.Goldens, "llm-compressor"))
           from artifact in Folders(model)
           let expected = artifact + "_w8a8_reference.safetensors"
           where File.Exists(expected)
           select new RecordedCase($"{Path.GetFileName(model)}/{Path.GetFileName(artifact)}", artifact, Path.ChangeExtension(expected, ".json"), expected),
    ];

    /// <summary>The description file, parsed.</summary>
    public JsonDocument Describe() => JsonDocument.Parse(File.ReadAllBytes(DescriptionPath));

    /// <summary>Token ids of every prompt.</summary>
    public int[][] Prompts()
    {
        using var document = Describe();
        return [.. document.RootElement.GetProperty("prompts").EnumerateArray().Select(prompt => prompt.EnumerateArray().Select(id => id.GetInt32()).ToArray())];
    }

    /// <summary>The largest value of one measure over the prompts, for example the rms that two correct engines differ by; null where none was taken.</summary>
    public double? LargestMeasured(string comparison, string measure)
    {
        using var document = Describe();
        var values = document.RootElement.GetProperty("measured").EnumerateArray()
            .Where(prompt => prompt.TryGetProperty(comparison, out var taken) && taken.TryGetProperty(measure, out _))
            .Select(prompt => prompt.GetProperty(comparison).GetProperty(measure).GetDouble())
            .ToArray();
        return values.Length == 0 ? null : values.Max();
    }

    public static IEnumerable<string> Folders(string path) =>
        Directory.Exists(path) ? Directory.GetDirectories(path).Order(StringComparer.Ordinal) : [];
}
