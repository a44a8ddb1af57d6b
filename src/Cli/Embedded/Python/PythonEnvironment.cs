using Octet.Contracts.Runs;

namespace Octet.Cli.Embedded.Python;

/// <summary>The interpreter of one worker, and where its code lies.</summary>
/// <param name="Interpreter">Program to start.</param>
/// <param name="ModulePath">For PYTHONPATH; empty when the worker is installed in the environment.</param>
internal sealed record PythonEnvironment(string Interpreter, string ModulePath)
{
    /// <summary>Environment: one interpreter that has every tool that is asked for.</summary>
    public const string InterpreterVariable = "OCTET_PYTHON";

    private const string WorkersFolder = "python-workers";

    /// <summary>OCTET_PYTHON, else the worker's own <c>.venv</c> in a folder python-workers at or above the working directory or this program.</summary>
    /// <exception cref="OctetException">There is none: how to make one.</exception>
    public static PythonEnvironment Find(PythonTool tool)
    {
        ArgumentNullException.ThrowIfNull(tool);
        var workers = Workers();
        var modules = workers is null ? "" : string.Join(Path.PathSeparator, Path.Combine(workers, "worker_core"), Path.Combine(workers, tool.Folder));
        if (Environment.GetEnvironmentVariable(InterpreterVariable) is { Length: > 0 } given)
        {
            return File.Exists(given) ? new PythonEnvironment(given, modules)
                : throw new OctetException(FailureKind.BackendUnavailable, $"{InterpreterVariable} '{given}' is not there; give the full path of a Python interpreter");
        }

        var own = workers is null ? null : Path.Combine(workers, tool.Folder, ".venv", OperatingSystem.IsWindows() ? "Scripts/python.exe" : "bin/python");
        return own is not null && File.Exists(own) ? new PythonEnvironment(own, modules) : throw Missing(tool, workers);
    }

    private static OctetException Missing(PythonTool tool, string? workers) => new(
        FailureKind.BackendUnavailable,
        $"backend python needs an environment with {tool.Distribution}: {(workers is null ? $"no folder {WorkersFolder} is at or above the working directory" : $"{Path.Combine(workers, tool.Folder, ".venv")} is not there")} and {InterpreterVariable} is not set; "
        + $"in {WorkersFolder}/{tool.Folder} run `uv venv --python 3.12 && uv pip sync requirements.txt` (docs/python-workers.md), give --queue HOST:PORT of running workers, or use --backend native");

    private static string? Workers()
    {
        foreach (var start in (ReadOnlySpan<string>)[Directory.GetCurrentDirectory(), AppContext.BaseDirectory])
        {
            for (var folder = new DirectoryInfo(start); folder is not null; folder = folder.Parent)
            {
                var workers = Path.Combine(folder.FullName, WorkersFolder);
                if (Directory.Exists(Path.Combine(workers, "worker_core")))
                {
                    return workers;
                }
            }
        }

        return null;
    }
}
