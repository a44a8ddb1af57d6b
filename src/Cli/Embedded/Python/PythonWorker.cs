using System.Diagnostics;
using Octet.Contracts.Runs;
using Octet.Jobs;

namespace Octet.Cli.Embedded.Python;

/// <summary>What a worker must know of the run's host.</summary>
/// <param name="ConnectionString">Of the queue, with its password: goes to children by environment only.</param>
/// <param name="DataRoot">The shared folder.</param>
/// <param name="ReadOnlyRoots">Further folders that may be read.</param>
/// <param name="ApiKey">Of gateway and servers: by environment only.</param>
internal sealed record WorkerSettings(string ConnectionString, string DataRoot, string ReadOnlyRoots, string ApiKey);

/// <summary>
/// One Python worker as a child process. It ends when its standard input closes, so it never outlives this process; one that dies is started
/// again, and the queue gives its job to the new one.
/// </summary>
internal sealed class PythonWorker(PythonTool tool, PythonEnvironment python, WorkerSettings settings, TextWriter error, TimeProvider time) : IAsyncDisposable
{
    private const int MostRestarts = 3;
    private static readonly TimeSpan ReadyLimit = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(100);
    private readonly LastLines _errors = new(5);
    private readonly CancellationTokenSource _stop = new();
    private Process? _process;
    private Task _supervising = Task.CompletedTask;

    /// <summary>Returns when the worker has announced itself.</summary>
    /// <exception cref="OctetException">It ended, took too long, or lacks its tool.</exception>
    public async Task StartAsync(JobQueue queue, CancellationToken cancellationToken)
    {
        var process = Launch();
        var started = time.GetTimestamp();
        while (true)
        {
            var live = (await queue.LiveWorkersAsync(tool.Queue, cancellationToken)).FirstOrDefault(worker => worker.Worker.Contains($":{process.Id}:", StringComparison.Ordinal));
            if (live is not null)
            {
                _ = live.Versions.ContainsKey(tool.Distribution) ? true
                    : throw new OctetException(FailureKind.BackendUnavailable, $"{python.Interpreter} has no {tool.Distribution}: install python-workers/{tool.Folder}/requirements.txt there (docs/python-workers.md)");
                break;
            }

            if (process.HasExited)
            {
                throw new OctetException(FailureKind.BackendUnavailable, $"the {tool.Backends.Python} worker ({python.Interpreter} -m {tool.Module}) ended with code {process.ExitCode}: {_errors}");
            }

            if (time.GetElapsedTime(started) > ReadyLimit)
            {
                throw new OctetException(FailureKind.BackendUnavailable, $"the {tool.Backends.Python} worker ({python.Interpreter} -m {tool.Module}) did not announce itself within {ReadyLimit.TotalMinutes:0} minutes: {_errors}");
            }

            await Task.Delay(Look, time, cancellationToken);
        }

        _supervising = SuperviseAsync(process);
    }

    /// <summary>Lets the worker give its job back and end; kills it when it does not.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _supervising;
        if (_process is { } process)
        {
            process.StandardInput.Close();
            using var grace = new CancellationTokenSource(Grace, time);
            try
            {
                await process.WaitForExitAsync(grace.Token);
            }
            catch (OperationCanceledException)
            {
                process.Kill(entireProcessTree: true);
            }

            process.Dispose();
        }

        _stop.Dispose();
    }

    private Process Launch()
    {
        var start = new ProcessStartInfo(python.Interpreter, ["-m", tool.Module, "--exit-with-stdin"]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["ConnectionStrings__redis"] = settings.ConnectionString;
        start.Environment["DataRoot"] = settings.DataRoot;
        start.Environment["ReadOnlyRoots"] = settings.ReadOnlyRoots;
        start.Environment[EmbeddedHost.ApiKeyName] = settings.ApiKey;
        start.Environment["PYTHONUNBUFFERED"] = "1";
        if (python.ModulePath.Length > 0)
        {
            var others = Environment.GetEnvironmentVariable("PYTHONPATH");
            start.Environment["PYTHONPATH"] = string.IsNullOrEmpty(others) ? python.ModulePath : python.ModulePath + Path.PathSeparator + others;
        }

        _process?.Dispose();
        _process = Process.Start(start) ?? throw new OctetException(FailureKind.BackendUnavailable, $"{python.Interpreter} did not start");
        _process.ErrorDataReceived += (_, line) => _errors.Add(line.Data);
        _process.OutputDataReceived += static (_, _) => { };
        _process.BeginErrorReadLine();
        _process.BeginOutputReadLine();
        return _process;
    }

    /// <summary>Starts the worker again when it died; not when it ended well, because somebody asked it to.</summary>
    private async Task SuperviseAsync(Process process)
    {
        for (var restarts = 0; ; restarts++)
        {
            try
            {
                await process.WaitForExitAsync(_stop.Token);
            }
            catch (OperationCanceledException)
            {
                return;
            }

            var again = process.ExitCode != 0 && restarts < MostRestarts;
            await error.WriteLineAsync($"octet: the {tool.Backends.Python} worker ended with code {process.ExitCode}{(again ? " and is started again" : "")}: {_errors}");
            if (!again)
            {
                return;
            }

            process = Launch();
        }
    }
}
