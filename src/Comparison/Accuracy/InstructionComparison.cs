using Octet.Contracts.Results;

namespace Octet.Comparison.Accuracy;

/// <summary>Instructions of one task under both models. Those of one prompt stand or fall together, so whole prompts are resampled.</summary>
/// <param name="Task">Name.</param>
/// <param name="Instructions">Judged on both sides.</param>
/// <param name="Prompts">Clusters.</param>
/// <param name="BaseAccuracy">Share followed, strictly judged.</param>
/// <param name="CompressedAccuracy">The same of the compressed model.</param>
/// <param name="Delta">Compressed minus base, with bounds of the cluster bootstrap.</param>
public sealed record InstructionComparison(string Task, int Instructions, int Prompts, double BaseAccuracy, double CompressedAccuracy, Interval Delta)
{
    /// <summary>Null where no prompt has instructions that both models were judged by.</summary>
    /// <exception cref="ArgumentException">The samples are not of the same documents, or not judged by the same instructions.</exception>
    public static InstructionComparison? From(string task, IEnumerable<SampleRow> @base, IEnumerable<SampleRow> compressed, double alpha)
    {
        var prompts = Pairing.Of(task, @base, compressed).Where(pair => pair.Base.InstructionIds.Count > 0).ToArray();
        if (prompts.Length == 0)
        {
            return null;
        }

        foreach (var (before, after) in prompts)
        {
            if (!before.InstructionIds.SequenceEqual(after.InstructionIds))
            {
                throw new ArgumentException($"task {task}: document {before.DocId} was not judged by the same instructions for both models; an unpaired comparison is refused");
            }
        }

        var instructions = prompts.Sum(pair => pair.Base.InstructionIds.Count);
        return new InstructionComparison(
            task, instructions, prompts.Length, (double)prompts.Sum(pair => Followed(pair.Base)) / instructions, (double)prompts.Sum(pair => Followed(pair.Compressed)) / instructions,
            ClusterBootstrap.Of(prompts.Select(pair => (Followed(pair.Compressed) - Followed(pair.Base), pair.Base.InstructionIds.Count)), alpha));
    }

    private static int Followed(SampleRow row) => row.InstructionStrict.Count(passed => passed);
}
