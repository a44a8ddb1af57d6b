using Octet.Contracts.Runs;

namespace Octet.Evaluator.Tasks;

/// <summary>The tasks there are: those built in, and those of a user's folder over them.</summary>
public sealed class TaskCatalog
{
    private const string Prefix = "Octet.Evaluator.Tasks.Definitions.";
    private readonly Dictionary<string, TaskDefinition> _tasks;

    private TaskCatalog(Dictionary<string, TaskDefinition> tasks) => _tasks = tasks;

    /// <param name="folder">Folder with further task files (*.yaml); null for none.</param>
    /// <exception cref="OctetException">Kind Usage: a file is malformed.</exception>
    public static TaskCatalog Load(string? folder = null)
    {
        var assembly = typeof(TaskCatalog).Assembly;
        var tasks = assembly.GetManifestResourceNames().Where(name => name.StartsWith(Prefix, StringComparison.Ordinal)).Select(name =>
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
            return TaskFile.Parse(reader.ReadToEnd(), name[Prefix.Length..]);
        }).ToDictionary(task => task.Name, StringComparer.Ordinal);
        foreach (var path in folder is null ? Enumerable.Empty<string>() : Directory.GetFiles(Existing(folder), "*.yaml").Order(StringComparer.Ordinal))
        {
            var task = TaskFile.Parse(File.ReadAllText(path), path);
            tasks[task.Name] = task;
        }

        return new TaskCatalog(tasks);
    }

    /// <summary>A task, a group of subjects (mmlu_stem) or one subject (mmlu_astronomy).</summary>
    /// <exception cref="OctetException">Kind Usage: the name is not known.</exception>
    public TaskSelection Find(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (_tasks.TryGetValue(name, out var task))
        {
            return task.Subjects.Count == 0 ? new TaskSelection(name, [new TaskLeaf(task, name, "")], []) : Whole(task);
        }

        foreach (var family in _tasks.Values.Where(family => name.StartsWith(family.Name + "_", StringComparison.Ordinal)))
        {
            var rest = name[(family.Name.Length + 1)..];
            if (family.Subjects.TryGetValue(rest, out var subjects))
            {
                return new TaskSelection(name, Leaves(family, subjects), [(name, Names(family, subjects))]);
            }

            if (family.Subjects.Values.Any(group => group.Contains(rest)))
            {
                return new TaskSelection(name, Leaves(family, [rest]), []);
            }
        }

        throw new OctetException(FailureKind.Usage, $"task '{name}' is not known; known are {string.Join(", ", _tasks.Keys.Order(StringComparer.Ordinal))}, their groups and subjects; more come from task files of a folder (--include-path)");
    }

    private static TaskSelection Whole(TaskDefinition task)
    {
        var groups = new List<(string, IReadOnlyList<string>)> { (task.Name, [.. task.Subjects.Keys.Select(group => $"{task.Name}_{group}")]) };
        groups.AddRange(task.Subjects.Select(group => ($"{task.Name}_{group.Key}", Names(task, group.Value))));
        return new TaskSelection(task.Name, Leaves(task, task.Subjects.Values.SelectMany(subjects => subjects)), groups);
    }

    private static IReadOnlyList<string> Names(TaskDefinition task, IEnumerable<string> subjects) => [.. subjects.Select(subject => $"{task.Name}_{subject}")];

    private static IReadOnlyList<TaskLeaf> Leaves(TaskDefinition task, IEnumerable<string> subjects) => [.. subjects.Select(subject => new TaskLeaf(task, $"{task.Name}_{subject}", subject))];

    private static string Existing(string folder) => Directory.Exists(folder) ? folder : throw new OctetException(FailureKind.Usage, $"folder of task files '{folder}' does not exist");
}
