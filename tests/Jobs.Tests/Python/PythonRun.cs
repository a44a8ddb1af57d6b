using System.Globalization;

namespace Octet.Jobs.Tests.Python;

/// <summary>Folders, specification and environment of small whole runs of stories260K.</summary>
internal sealed class PythonRun : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("octet-python-run-");

    public PythonRun()
    {
        var repository = PythonProcess.RepositoryRoot();
        var workers = Path.Combine(repository, "python-workers");
        var standins = Path.Combine(workers, "tests", "standins");
        SpecPath = Path.Combine(_folder.FullName, "spec.yaml");
        File.WriteAllText(SpecPath, string.Create(CultureInfo.InvariantCulture, $"""
            model: {Path.Combine(repository, "tests", "TestSupport", "Data", "models", "stories260K")}
            evaluate:
              tasks: [mini_mmlu, mini_arc, mini_hellaswag, mini_ifeval, mini_heldout]
              datasets: {Path.Combine(repository, "src", "DemoModel", "tasks")}
              limit: 6
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
            ["OCTET_PYTHON"] = PythonProcess.Interpreter,
            ["PYTHONPATH"] = standins,
            ["PYTHONDONTWRITEBYTECODE"] = "1",
            ["PATH"] = Path.Combine(standins, "commands") + Path.PathSeparator + System.Environment.GetEnvironmentVariable("PATH"),
            ["OCTET_STANDIN_CALLS"] = Path.Combine(_folder.FullName, "calls.jsonl"),
            ["OCTET_STANDIN_ARTEFACT"] = Path.Combine(repository, "tests", "Quantizer.Tests", "Data", "datafree", "stories260K"),
            ["Jobs__Lease"] = "00:00:10",
            ["Jobs__PollInterval"] = "00:00:00.1",
        };
    }

    public string SpecPath { get; }

    public Dictionary<string, string> Environment { get; }

    public string Root(string name) => Path.Combine(_folder.FullName, name);

    /// <summary>The folder of the only run of a data root.</summary>
    public string RunFolder(string name) => Directory.GetDirectories(Path.Combine(Root(name), "runs")).Single();

    /// <summary>The weights of the only compressed model of a data root.</summary>
    public byte[] Artefact(string name) => File.ReadAllBytes(Path.Combine(Directory.GetDirectories(Path.Combine(Root(name), "models")).Single(), "model.safetensors"));

    public OctetProcess Start(string root, params IEnumerable<string> arguments) =>
        OctetProcess.Start(Environment, [.. arguments, "--data-root", Root(root)]);

    public void Dispose() => _folder.Delete(recursive: true);
}
