using System.Diagnostics;
using System.Globalization;
using Xunit;

namespace Octet.Jobs.Tests.Python;

/// <summary>Modules of python-workers as processes; tests that need them are skipped where Python or its packages are missing.</summary>
internal sealed class PythonProcess : IAsyncDisposable
{
    private const string Interpreter = "/usr/bin/python3";
    private static readonly string[] Sources = ["worker_core", "quantize", "evaluate", "loadtest", "tests/support"];
    private static readonly Lazy<string?> Missing = new(FindMissing);
    private readonly Process _process;

    private PythonProcess(Process process) => _process = process;

    public int Id => _process.Id;

    public static void SkipWhenMissing() => Assert.SkipWhen(Missing.Value is not null, Missing.Value ?? "");

    /// <summary>A worker for each queue; each job it starts adds a line (id, attempt, run, trace parent) to the ledger.</summary>
    public static PythonProcess StartWorkers(string address, string ledger, params IEnumerable<string> queues) =>
        Start(address, "00:00:00.02", "octet_test_support.probe_worker", string.Join(',', queues), ledger);

    /// <summary>As <see cref="StartWorkers"/>, with a wait before a second attempt that is long enough to step in.</summary>
    public static PythonProcess StartPatientWorker(string address, string ledger, string queue) =>
        Start(address, "00:00:02", "octet_test_support.probe_worker", queue, ledger);

    public static async Task<string> RunAsync(string module, params IEnumerable<string> arguments)
    {
        await using var python = Start("127.0.0.1:1", "00:00:00.02", module, [.. arguments]);
        var output = python._process.StandardError.ReadToEndAsync();
        await python._process.WaitForExitAsync();
        return python._process.ExitCode == 0 ? "" : await output;
    }

    /// <summary>SIGKILL.</summary>
    public void Kill() => _process.Kill();

    /// <summary>SIGTERM, then the exit code.</summary>
    public async Task<int> StopAsync(CancellationToken cancellationToken)
    {
        using var kill = Process.Start("kill", ["-TERM", _process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync(cancellationToken);
        await _process.WaitForExitAsync(cancellationToken);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private static PythonProcess Start(string address, string retryDelay, string module, params string[] arguments)
    {
        SkipWhenMissing();
        var workers = Path.Combine(RepositoryRoot(), "python-workers");
        var start = new ProcessStartInfo(Interpreter, ["-m", module, .. arguments]) { RedirectStandardError = true };
        start.Environment["PYTHONPATH"] = string.Join(Path.PathSeparator, Sources.Select(source => Path.Combine(workers, source)));
        start.Environment["PYTHONDONTWRITEBYTECODE"] = "1";
        start.Environment["ConnectionStrings__redis"] = address;
        start.Environment["DataRoot"] = Path.Combine(Path.GetTempPath(), "octet-python-tests");
        start.Environment["Jobs__Lease"] = "00:00:01";
        start.Environment["Jobs__PollInterval"] = "00:00:00.05";
        start.Environment["Jobs__RetryDelay"] = retryDelay;
        start.Environment["Jobs__ProgressInterval"] = "00:00:00";
        var process = Process.Start(start) ?? throw new InvalidOperationException("python3 did not start");
        if (module.EndsWith("probe_worker", StringComparison.Ordinal))
        {
            _ = process.StandardError.ReadToEndAsync();
        }

        return new PythonProcess(process);
    }

    private static string? FindMissing()
    {
        if (!File.Exists(Interpreter))
        {
            return $"{Interpreter} is not installed";
        }

        using var probe = Process.Start(new ProcessStartInfo(Interpreter, ["-c", "import redis, pydantic"]) { RedirectStandardError = true })!;
        probe.WaitForExit();
        return probe.ExitCode == 0 ? null : "python3 has no redis or pydantic (Debian: python3-redis, python3-pydantic)";
    }

    private static string RepositoryRoot()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "Aspire.sln")))
        {
            directory = directory.Parent;
        }

        return directory?.FullName ?? throw new InvalidOperationException("Aspire.sln is in no parent folder of the tests.");
    }
}
