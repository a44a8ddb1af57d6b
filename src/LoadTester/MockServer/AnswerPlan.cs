using Octet.LoadTester.Prompts;

namespace Octet.LoadTester.MockServer;

/// <summary>What a mock server means to do with one request, drawn before it does it.</summary>
public sealed class AnswerPlan
{
    private static readonly Fault NoFault = new(FaultKind.None, 0, 0, 0);
    private readonly MockServerOptions _options;
    private readonly Random _random;

    /// <param name="options">Distributions and faults.</param>
    /// <param name="number">Number of the request on this server, from 1.</param>
    /// <param name="tokens">Tokens that were asked for.</param>
    public AnswerPlan(MockServerOptions options, int number, int tokens)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        _random = SeededRandom.For(options.Seed, 0, number);
        Fault = options.Faults.Select(fault => (fault, draw: _random.NextDouble())).ToList().Find(pair => pair.fault.Strikes(number, pair.draw)).fault ?? NoFault;
        FaultAt = tokens < 2 ? 0 : _random.Next(1, tokens);
        StallMs = Fault.Kind == FaultKind.Stall ? options.Stall.Draw(_random) : 0;
        TtftMs = options.Ttft.Draw(_random) + options.Jitter.Draw(_random);
    }

    /// <summary>The fault of this request.</summary>
    public Fault Fault { get; }

    /// <summary>Tokens sent before a fault in the middle of the stream.</summary>
    public int FaultAt { get; }

    /// <summary>How long the stream rests there; 0 where it does not.</summary>
    public double StallMs { get; }

    /// <summary>From the moment the request runs to its first token.</summary>
    public double TtftMs { get; }

    /// <summary>Milliseconds to the next token: the next draw of this request.</summary>
    /// <param name="running">Requests that run now.</param>
    public double NextGapMs(int running) => _options.Itl.Draw(_random) + _options.Jitter.Draw(_random) + (_options.ItlSlope * Math.Max(0, running - 1));
}
