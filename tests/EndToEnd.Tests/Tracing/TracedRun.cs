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

    /// <summary>Bodies of all export requests.</summary>
    internal IReadOnlyList<byte[]> Exported { get; private set; } = [];

    /// <summary>Command lines of the run and of the servers that it started.</summary>
    internal IReadOnlyList<string> CommandLines { get; private set; } = [];

    /// <summary>The key of this run's servers, from outside.</summary>
    internal string ApiKey { get; } = "octet-test-" + Guid.NewGuid().ToString("N");

    internal string RunId { get; private set; } = "";

    internal string RunFolder => Path.Combine(Workspace.Runs, RunId);

    public async ValueTask InitializeAsync()
    {
        await using var collector = await OtlpReceiver.StartAsync(TestContext.Current.CancellationToken);
        foreach (var (name, value) in collector.Settings)
        {
            Workspace.Environment[name] = value;
        }

        Workspace.Environment["OCTET_API_KEY"] = ApiKey;
        await using var octet = OctetProcess.Start(Workspace, Workspace.RunArguments());
        await octet.StageAsync("evaluate");
        CommandLines = [.. octet.Servers.Append(octet.Id).Select(ProcessTable.CommandLine)];
        Result = await octet.EndAsync();
        RunId = Workspace.RunId;
        Spans = collector.Spans;
        Exported = collector.Bodies;
        Others = (collector.Metrics, collector.Logs);
        Workspace.Environment.Clear();
    }

    public ValueTask DisposeAsync()
    {
        Workspace.Dispose();
        return ValueTask.CompletedTask;
    }
}
