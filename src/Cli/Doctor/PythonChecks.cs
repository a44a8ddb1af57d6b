using Octet.Cli.Embedded.Python;
using Octet.Contracts.Results;
using Octet.Contracts.Runs;
using Octet.Pipeline.Preflight;

namespace Octet.Cli.Doctor;

/// <summary>The Python tools that a run with backend python would start.</summary>
internal static class PythonChecks
{
    private const string Probe = "import importlib.metadata as m, platform, sys; import redis, pydantic; print(m.version(sys.argv[1]), 'on Python', platform.python_version())";

    /// <summary>One line a tool; a missing one is a failure only where the spec asks for it.</summary>
    public static async Task<IReadOnlyList<PreflightCheck>> RunAsync(RunSpec? spec, CancellationToken cancellationToken)
    {
        var needed = spec is null ? [] : PythonTool.Of(spec);
        return await Task.WhenAll(PythonTool.All.Select(tool => CheckAsync(tool, needed.Contains(tool), cancellationToken)));
    }

    private static async Task<PreflightCheck> CheckAsync(PythonTool tool, bool needed, CancellationToken cancellationToken)
    {
        var name = tool.Backends.Python;
        try
        {
            var python = PythonEnvironment.Find(tool);
            var answer = await ToolProbe.AskAsync(python.Interpreter, ["-c", Probe, tool.Distribution], cancellationToken);
            return answer is { Succeeded: true }
                ? new(name, CheckState.Passed, $"{tool.Distribution} {answer.Output} ({python.Interpreter})", "")
                : new(name, needed ? CheckState.Failed : CheckState.Warning, $"{python.Interpreter}: {answer?.LastError ?? "it does not start"}", $"install python-workers/{tool.Folder}/requirements.txt there (docs/python-workers.md)");
        }
        catch (OctetException missing) when (missing.Kind == FailureKind.BackendUnavailable)
        {
            return needed ? new(name, CheckState.Failed, missing.Message, "") : new(name, CheckState.Passed, "no environment: the native backend does this work (docs/python-workers.md says how to add one)", "");
        }
    }
}
