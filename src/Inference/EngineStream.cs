using System.Threading.Channels;
using Octet.Inference.Scheduling;

namespace Octet.Inference;

/// <summary>A submitted request: its outputs as they come. The reader completes after the output that has a finish reason.</summary>
public sealed class EngineStream
{
    private readonly Sequence _sequence;
    private readonly Action _wake;

    internal EngineStream(Sequence sequence, ChannelReader<EngineOutput> outputs, Action wake)
    {
        _sequence = sequence;
        _wake = wake;
        Outputs = outputs;
    }

    public ChannelReader<EngineOutput> Outputs { get; }

    /// <summary>Ends the request before the next pass; its blocks are free then. The last output says Abort.</summary>
    public void Cancel()
    {
        _sequence.Cancel();
        _wake();
    }
}
