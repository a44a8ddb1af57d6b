using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Xunit;

namespace Octet.EndToEnd.Tests.Processes;

/// <summary>The real command line in a process group of its own, as a terminal would start it.</summary>
internal sealed class OctetProcess : IAsyncDisposable
{
    /// <summary>No step takes longer even on a machine that does much else; waiting ends as soon as the condition holds.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _output = new();
    private readonly ConcurrentQueue<string> _errors = new();
    private readonly SemaphoreSlim _changed = new(0);

    private OctetProcess(Process process)
    {
        _process = process;
        process.OutputDataReceived += (_, line) => Take(_output, line.Data);
        process.ErrorDataReceived += (_, line) => Take(_errors, line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public int Id => _process.Id;

    public IReadOnlyList<string> Output => [.. _output];

    public IReadOnlyList<string> Errors => [.. _errors];

    /// <summary>The model servers that it started.</summary>
    public IReadOnlyList<int> Servers => [.. ProcessTable.ChildrenOf(Id).Where(id => ProcessTable.CommandLine(id).Contains(" serve ", StringComparison.Ordinal))];

    public static OctetProcess Start(Workspace workspace, params IEnumerable<string> arguments) => Start(workspace, [], arguments);

    /// <param name="workspace">Its folder becomes the working directory.</param>
    /// <param name="before">A program and its arguments that end in running another program: octet comes after them.</param>
    /// <param name="arguments">The command.</param>
    public static OctetProcess Start(Workspace workspace, IEnumerable<string> before, IEnumerable<string> arguments)
    {
        // setsid: a process group of its own; env: Ctrl+C works even where the tests were started with it ignored.
        var start = new ProcessStartInfo("setsid", [.. before, "env", "--default-signal=INT", Path.Combine(AppContext.BaseDirectory, "octet"), .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = workspace.Folder,
        };
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("OTEL_", StringComparison.Ordinal) || name is "TRACEPARENT" or "OCTET_API_KEY").ToArray())
        {
            start.Environment.Remove(name);
        }

        start.Environment["HF_HOME"] = Path.Combine(workspace.Folder, "hub");

        // Short processes: compile each method once and without counters.
        start.Environment["DOTNET_TieredPGO"] = "0";
        foreach (var (name, value) in workspace.Environment)
        {
            start.Environment[name] = value;
        }

        return new OctetProcess(Process.Start(start) ?? throw new InvalidOperationException("octet did not start"));
    }

    /// <summary>Runs to the end.</summary>
    public static async Task<OctetResult> RunAsync(Workspace workspace, params IEnumerable<string> arguments)
    {
        await using var octet = Start(workspace, arguments);
        return await octet.EndAsync();
    }

    public async Task<OctetResult> EndAsync()
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(Patience);
        try
        {
            await _process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException("octet did not end:\n" + Transcript());
        }

        return new OctetResult(_process.ExitCode, Output, Errors);
    }

    /// <summary>The first line of its output that fits; fails when it ends without one.</summary>
    public async Task<string> LineAsync(Func<string, bool> fits)
    {
        var started = Stopwatch.StartNew();
        while (true)
        {
            var ended = _process.HasExited;
            if (_output.FirstOrDefault(fits) is { } line)
            {
                return line;
            }

            if (ended || started.Elapsed > Patience)
            {
                throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"octet {(ended ? "ended" : "went on")} without the expected line:\n{Transcript()}"));
            }

            await _changed.WaitAsync(TimeSpan.FromMilliseconds(100), TestContext.Current.CancellationToken);
        }
    }

    /// <summary>Waits until the stage is under way; with --json.</summary>
    public Task StageAsync(string stage) => LineAsync(line => line.Contains($"\"stageStarted\": {{ \"stage\": \"{stage}\"", StringComparison.Ordinal));

    /// <summary>Ctrl+C in a terminal: every process of its group gets the signal.</summary>
    public void PressControlC() => Signals.Send(-Id, Signals.Interrupt);

    /// <summary>kill -9 on this process alone; returns the servers it leaves behind.</summary>
    public async Task<IReadOnlyList<int>> KillAsync()
    {
        var servers = Servers;
        Signals.Send(Id, Signals.Kill);
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return servers;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
        _changed.Dispose();
    }

    private void Take(ConcurrentQueue<string> lines, string? line)
    {
        if (line is not null)
        {
            lines.Enqueue(line);
            _changed.Release();
        }
    }

    private string Transcript() => string.Join('\n', _output.Concat(_errors).TakeLast(30));
}
