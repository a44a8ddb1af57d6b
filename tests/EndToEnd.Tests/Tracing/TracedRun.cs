using Octet.EndToEnd.Tests.Processes;
using Octet.TestSupport.Telemetry;
using Xunit;

namespace Octet.EndToEnd.Tests.Tracing;

/// <summary>The tests that look at one and the same run.</summary>
[CollectionDefinition(Name)]
public sealed class WholeRun : ICollectionFixture<TracedRun>
{
    public const string Name = "whole run";
}

/// <summary>One whole run with a collector beside it; what several tests look at.</summary>
public sealed class TracedRun : IAsyncLifetime
{
    internal Workspace Workspace { get; } = new();

    internal OctetResult Result { get; private set; } = new(-1, [], []);

    internal IReadOnlyList<ReceivedSpan> Spans { get; private set; } = [];

    /// <summary>Export requests with metrics and with logs.</summary>
    internal (int Metrics, int Logs) Others { get; private set; }

    internal string RunId { get; private set; } = "";

    internal string RunFolder => Path.Combine(Workspace.Runs, RunId);

    public async ValueTask InitializeAsync()
    {
        await using var collector = await OtlpReceiver.StartAsync(TestContext.Current.CancellationToken);
        foreach (var (name, value) in collector.Settings)
        {
            Workspace.Environment[name] = value;
        }

        Result = await OctetProcess.RunAsync(Workspace, Workspace.RunArguments());
        RunId = Workspace.RunId;
        Spans = collector.Spans;
        Others = (collector.Metrics, collector.Logs);
        Workspace.Environment.Clear();
    }

    public ValueTask DisposeAsync()
    {
        Workspace.Dispose();
        return ValueTask.CompletedTask;
    }
}
