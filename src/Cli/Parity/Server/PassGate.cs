using Octet.Inference;

namespace Octet.Cli.Parity.Server;

/// <summary>Holds an engine between its forward passes and lets it go one pass at a time, so that a state can be looked at on a machine of any
/// speed. Disposing lets it run freely.</summary>
internal sealed class PassGate : IDisposable
{
    private readonly LlmEngine _engine;
    private readonly SemaphoreSlim _passes = new(0);
    private volatile bool _open;

    public PassGate(LlmEngine engine)
    {
        _engine = engine;
        engine.PassCompleted += Wait;
    }

    public void LetOnePass() => _passes.Release();

    public void Dispose()
    {
        // The semaphore itself is left to the collector: the engine's thread may be leaving it.
        _engine.PassCompleted -= Wait;
        _open = true;
        _passes.Release();
    }

    private void Wait(EnginePass pass)
    {
        if (!_open)
        {
            _passes.Wait();
        }
    }
}
