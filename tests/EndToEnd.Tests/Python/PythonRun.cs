using System.Diagnostics;
using System.Globalization;

namespace Octet.EndToEnd.Tests.Python;

/// <summary>Folders, specification and environment of small whole runs of stories260K.</summary>
internal sealed class PythonRun : IDisposable
{
    private static readonly string Repository = FindRepository();
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("octet-python-run-");

    public PythonRun()
    {
        var standins = Path.Combine(Workers, "tests", "standins");
        SpecPath = Path.Combine(_folder.FullName, "spec.yaml");
        File.WriteAllText(SpecPath, string.Create(CultureInfo.InvariantCulture, $"""
            model: {Model}
            evaluate:
              tasks: [mini_mmlu, mini_arc, mini_hellaswag, mini_ifeval, mini_heldout]
              datasets: {Path.Combine(Repository, "src", "DemoModel", "tasks")}
              limit: 3
              concurrency: 4
            load:
              prompt-tokens: 16
              output-tokens: 8
              concurrency: [1, 2]
              seconds: 0.5
              replicates: 2
            """));
        Environment = new Dictionary<string, string>
        {
            ["OCTET_PYTHON"] = PythonPackages.Interpreter,
            ["PYTHONPATH"] = standins,
            ["PYTHONDONTWRITEBYTECODE"] = "1",
            ["PATH"] = Path.Combine(standins, "commands") + Path.PathSeparator + System.Environment.GetEnvironmentVariable("PATH"),
            ["OCTET_STANDIN_CALLS"] = Path.Combine(_folder.FullName, "calls.jsonl"),
            ["OCTET_STANDIN_ARTEFACT"] = Path.Combine(Repository, "tests", "Quantizer.Tests", "Data", "datafree", "stories260K"),
            ["Jobs__Lease"] = "00:00:10",
            ["Jobs__PollInterval"] = "00:00:00.1",
        };
    }

    public string SpecPath { get; }

    public Dictionary<string, string> Environment { get; }

    public static string Model => Path.Combine(Repository, "tests", "TestSupport", "Data", "models", "stories260K");

    private static string Workers => Path.Combine(Repository, "python-workers");

    public string Root(string name) => Path.Combine(_folder.FullName, name);

    /// <summary>The folder of the only run of a data root.</summary>
    public string RunFolder(string name) => Directory.GetDirectories(Path.Combine(Root(name), "runs")).Single();

    /// <summary>The weights of the only compressed model of a data root.</summary>
    public byte[] Artefact(string name) => File.ReadAllBytes(Path.Combine(Directory.GetDirectories(Path.Combine(Root(name), "models")).Single(), "model.safetensors"));

    public OctetCommand Start(string root, params IEnumerable<string> arguments) =>
        OctetCommand.Start(Environment, [.. arguments, "--data-root", Root(root)]);

    /// <summary>A worker as somebody starts it beside a queue of his own; it ends when its standard input closes.</summary>
    public Process StartWorker(string folder, string module, string queue, string root)
    {
        var start = new ProcessStartInfo(PythonPackages.Interpreter, ["-m", module, "--exit-with-stdin"]) { RedirectStandardInput = true, RedirectStandardError = true };
        foreach (var (name, value) in Environment)
        {
            start.Environment[name] = value;
        }

        start.Environment["PYTHONPATH"] = string.Join(Path.PathSeparator, Path.Combine(Workers, "worker_core"), Path.Combine(Workers, folder), Environment["PYTHONPATH"]);
        start.Environment["ConnectionStrings__redis"] = queue;
        start.Environment["DataRoot"] = Root(root);
        start.Environment["ReadOnlyRoots"] = string.Join(Path.PathSeparator, Model, Path.Combine(Repository, "src", "DemoModel", "tasks"));
        var process = Process.Start(start) ?? throw new InvalidOperationException("python3 did not start");
        _ = process.StandardError.ReadToEndAsync();
        return process;
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private static string FindRepository()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "Aspire.sln")))
        {
            directory = directory.Parent;
        }

        return directory?.FullName ?? throw new InvalidOperationException("Aspire.sln is in no parent folder of the tests.");
    }
}
