using Octet.Contracts.Runs;
using Octet.Jobs;
using Octet.Jobs.Backends;

namespace Octet.Cli.Embedded.Python;

/// <summary>One Python worker of this repository and the tool that it drives.</summary>
/// <param name="Backends">The stage.</param>
/// <param name="Folder">Below python-workers.</param>
/// <param name="Module">What <c>python -m</c> runs.</param>
/// <param name="Distribution">Name of the tool among the versions that the worker announces.</param>
/// <param name="Queue">Where it takes jobs.</param>
internal sealed record PythonTool(WorkBackends Backends, string Folder, string Module, string Distribution, string Queue)
{
    public static PythonTool Quantize { get; } = new(WorkBackends.Quantize, "quantize", "octet_quantize", "llmcompressor", JobQueues.QuantizeLlmCompressor);

    public static PythonTool Evaluate { get; } = new(WorkBackends.Evaluate, "evaluate", "octet_evaluate", "lm_eval", JobQueues.EvaluateLmEval);

    public static PythonTool Load { get; } = new(WorkBackends.Load, "loadtest", "octet_loadtest", "guidellm", JobQueues.LoadGuideLlm);

    public static IReadOnlyList<PythonTool> All { get; } = [Quantize, Evaluate, Load];

    /// <summary>The tools that a spec asks for.</summary>
    public static IReadOnlyList<PythonTool> Of(RunSpec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        return [.. All.Where(tool => Asked(tool, spec) == "python")];
    }

    private static string Asked(PythonTool tool, RunSpec spec) =>
        tool == Quantize ? spec.Quantize.Backend : tool == Evaluate ? spec.Evaluate.Backend : spec.Load.Backend;
}
