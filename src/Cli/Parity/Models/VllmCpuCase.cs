using Octet.Inference;

namespace Octet.Cli.Parity.Models;

/// <summary>What vLLM's CPU engine gave for the prompts of a recorded case in one type.</summary>
/// <param name="Recorded">The case, with vLLM's outputs as its tensors.</param>
/// <param name="Dtype">Type carried between operations; Auto where the file names none that is known.</param>
internal sealed record VllmCpuCase(RecordedCase Recorded, ComputeDtype Dtype)
{
    private const string Mark = "vllm_cpu_";

    /// <summary>Original models: <c>models/CASE/expected/vllm_cpu_TYPE.safetensors</c>.</summary>
    public static IReadOnlyList<VllmCpuCase> Originals(ParityFolders folders) =>
        [.. RecordedCase.Originals(folders).SelectMany(recorded => Find(recorded, Mark))];

    /// <summary>Artefacts: <c>llm-compressor/CASE/KIND_vllm_cpu_TYPE.safetensors</c>.</summary>
    public static IReadOnlyList<VllmCpuCase> Artifacts(ParityFolders folders) =>
        [.. RecordedCase.Artifacts(folders).SelectMany(recorded => Find(recorded, $"{Path.GetFileName(recorded.ModelDirectory)}_{Mark}"))];

    private static IEnumerable<VllmCpuCase> Find(RecordedCase recorded, string prefix) =>
        from path in Directory.GetFiles(Path.GetDirectoryName(recorded.TensorsPath)!, prefix + "*.safetensors").Order(StringComparer.Ordinal)
        let type = Path.GetFileNameWithoutExtension(path)[prefix.Length..]
        select new VllmCpuCase(recorded with { Name = $"{recorded.Name} {type}", TensorsPath = path }, Enum.TryParse<ComputeDtype>(type, ignoreCase: true, out var dtype) ? dtype : ComputeDtype.Auto);
}
