using Octet.DemoModel;
using Octet.TestSupport;

namespace Octet.EndToEnd.Tests;

/// <summary>A temporary folder with a tiny model, two documents of each mini task, and a specification of a run that takes seconds.</summary>
internal sealed class Workspace : IDisposable
{
    private const int DocumentsPerTask = 2;

    public Workspace()
    {
        Directory.CreateDirectory(Tasks);
        foreach (var task in (ReadOnlySpan<string>)["mini_mmlu", "mini_arc"])
        {
            File.WriteAllLines(Path.Combine(Tasks, task + ".jsonl"), File.ReadLines(Path.Combine(DemoModelFiles.TasksDirectory, task + ".jsonl")).Take(DocumentsPerTask));
        }

        Spec = Write("spec.yaml", SpecText());
    }

    public string Folder { get; } = Directory.CreateTempSubdirectory("octet-e2e-").FullName;

    public string Tasks => Path.Combine(Folder, "tasks");

    public string DataRoot => Path.Combine(Folder, "octet-data");

    public string Runs => Path.Combine(DataRoot, "runs");

    public string Spec { get; }

    /// <summary>Further variables for every process of this workspace.</summary>
    public Dictionary<string, string?> Environment { get; } = [];

    public static string Model => Fixtures.Model("stories260K");

    /// <summary>The one run of the data root.</summary>
    public string RunId => Path.GetFileName(Directory.GetDirectories(Runs).Single());

    /// <param name="seconds">Measured window of each of the load stage's points.</param>
    public string SpecText(double seconds = 0.2) => FormattableString.Invariant($"""
        evaluate:
          tasks: [mini_mmlu, mini_arc]
          datasets: {Tasks}
        load:
          prompt-tokens: 16
          output-tokens: 4
          concurrency: [1, 2]
          seconds: {seconds}
          replicates: 2
        """);

    /// <summary>Writes a file and returns its path.</summary>
    public string Write(string name, string text)
    {
        var path = Path.Combine(Folder, name);
        File.WriteAllText(path, text);
        return path;
    }

    /// <summary>A copy of the model that a test may damage.</summary>
    public string CopyModel(string name)
    {
        var copy = Directory.CreateDirectory(Path.Combine(Folder, name)).FullName;
        foreach (var file in Directory.GetFiles(Model))
        {
            File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
        }

        return copy;
    }

    /// <summary><c>run</c> with the small specification.</summary>
    public string[] RunArguments(string? model = null, string? spec = null) => ["run", "--model", model ?? Model, "--spec", spec ?? Spec, "--json"];

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
