using Octet.Inference.Kernels;
using Octet.Inference.Models;

namespace Octet.Cli.Parity.Models;

/// <summary>W8A8 linear layers with zero tokens, ties, overflow and large sums: codes, scales, integer sums and outputs bit for bit, on every
/// kernel set, against the recorded rule and vLLM's own CPU operations; against its CUDA operations the scales alone, because its
/// approximate division moves codes of exact ties.</summary>
internal sealed class LinearUnitsSuite : IParitySuite
{
    public string Name => "llm-compressor/w8a8-linear-units";

    public bool IsPresent(ParityFolders folders) => File.Exists(PathOf(folders, ""));

    public Task<ParityResult> RunAsync(ParityFolders folders, CancellationToken cancellationToken)
    {
        var tally = new ParityTally();
        tally.Try(Name, () =>
        {
            using var units = Recording.Open(PathOf(folders, ""));
            using var cpu = File.Exists(PathOf(folders, "_vllm_cpu")) ? Recording.Open(PathOf(folders, "_vllm_cpu")) : null;
            using var cuda = File.Exists(PathOf(folders, "_vllm_cuda")) ? Recording.Open(PathOf(folders, "_vllm_cuda")) : null;
            foreach (var name in units.Names.Where(name => name.EndsWith(".weight", StringComparison.Ordinal)).Select(name => name[..^".weight".Length]).Order(StringComparer.Ordinal))
            {
                foreach (var kernels in KernelSet.All.Where(set => set.IsSupported))
                {
                    tally.Try($"{name} ({kernels.Name})", () => Compare(name, kernels, units, cpu, cuda, tally));
                }
            }
        });
        return Task.FromResult(tally.Result("bit for bit"));
    }

    private static unsafe void Compare(string name, KernelSet kernels, Recording units, Recording? cpu, Recording? cuda, ParityTally tally)
    {
        var shape = units.Shape(name + ".weight");
        var bias = units.Has(name + ".bias") ? units.Floats(name + ".bias") : null;
        var layer = LinearWeight.Int8(name, (sbyte*)units.Pointer(name + ".weight"), shape[0], shape[1], units.Floats(name + ".weight_scale"), bias);
        var unit = LinearUnit.Run(layer, units.Floats(name + ".x"), LinearUnit.Carry(units.Type(name + ".out")), kernels);
        var what = $"{name} ({kernels.Name})";
        tally.Exact(LinearUnit.SameBits(unit.Scales, units.Floats(name + ".x_scale")), () => $"{what}: a token scale differs");
        tally.Exact(unit.Codes.SequenceEqual(units.Codes(name + ".x_q")), () => $"{what}: a code differs");
        tally.Exact(unit.Accumulators.SequenceEqual(units.Integers(name + ".acc")), () => $"{what}: an integer sum differs");
        tally.Exact(LinearUnit.SameBits(unit.Outputs, units.Floats(name + ".out")), () => $"{what}: an output differs");
        if (cpu is not null)
        {
            tally.Exact(LinearUnit.SameBits(unit.Scales, cpu.Floats(name + ".vllm_x_scale")), () => $"{what}: a token scale differs from vLLM CPU");
            tally.Exact(unit.Codes.SequenceEqual(cpu.Codes(name + ".vllm_x_q")), () => $"{what}: a code differs from vLLM CPU");
            tally.Exact(LinearUnit.SameBits(unit.Outputs, cpu.Floats(name + ".vllm_out")), () => $"{what}: an output differs from vLLM CPU");
        }

        if (cuda is not null)
        {
            tally.Exact(LinearUnit.SameBits(unit.Scales, cuda.Floats(name + ".x_scale")), () => $"{what}: a token scale differs from vLLM CUDA");
        }
    }

    private static string PathOf(ParityFolders folders, string tool) => Path.Combine(folders.Goldens, "llm-compressor", $"w8a8_linear_units{tool}.safetensors");
}
