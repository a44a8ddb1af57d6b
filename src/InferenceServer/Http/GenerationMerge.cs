using System.Threading.Channels;

namespace Octet.InferenceServer.Http;

/// <summary>The steps of several choices in the order in which they come.</summary>
public static class GenerationMerge
{
    public static async IAsyncEnumerable<(Generation Generation, GenerationStep Step)> RunAsync(
        IReadOnlyList<Generation> generations, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(generations);
        if (generations is [var single])
        {
            await foreach (var step in single.RunAsync(cancellationToken))
            {
                yield return (single, step);
            }

            yield break;
        }

        var merged = Channel.CreateUnbounded<(Generation, GenerationStep)>();
        var pumping = PumpAllAsync(generations, merged.Writer, cancellationToken);
        await foreach (var step in merged.Reader.ReadAllAsync(cancellationToken))
        {
            yield return step;
        }

        await pumping;
    }

    private static async Task PumpAllAsync(IReadOnlyList<Generation> generations, ChannelWriter<(Generation, GenerationStep)> writer, CancellationToken cancellationToken)
    {
        try
        {
            await Task.WhenAll(generations.Select(generation => PumpAsync(generation, writer, cancellationToken)));
        }
        finally
        {
            writer.TryComplete();
        }
    }

    private static async Task PumpAsync(Generation generation, ChannelWriter<(Generation, GenerationStep)> writer, CancellationToken cancellationToken)
    {
        await foreach (var step in generation.RunAsync(cancellationToken))
        {
            await writer.WriteAsync((generation, step), cancellationToken);
        }
    }
}
