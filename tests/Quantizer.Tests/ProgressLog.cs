using Octet.Quantizer.Native;

namespace Octet.Quantizer.Tests;

/// <summary>Collects the reports of a pass; thread-safe.</summary>
internal sealed class ProgressLog : IProgress<QuantizeProgress>
{
    private readonly Lock _lock = new();
    private readonly List<QuantizeProgress> _reports = [];

    public IReadOnlyList<QuantizeProgress> Reports
    {
        get
        {
            lock (_lock)
            {
                return [.. _reports];
            }
        }
    }

    public Action? OnReport { get; init; }

    public void Report(QuantizeProgress value)
    {
        lock (_lock)
        {
            _reports.Add(value);
        }

        OnReport?.Invoke();
    }
}
