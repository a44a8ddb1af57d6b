using System.Globalization;
using Octet.Contracts.Runs;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.RepresentationModel;

namespace Octet.Evaluator.Tasks;

/// <summary>Reads one task from YAML with lm-eval's keys. Anchors, tags and keys it does not know are refused with their line.</summary>
public static class TaskFile
{
    private const int LongestFile = 1 << 16;

    /// <param name="text">YAML.</param>
    /// <param name="path">Named in errors.</param>
    /// <exception cref="OctetException">Kind Usage: what is wrong, and where.</exception>
    public static TaskDefinition Parse(string text, string path)
    {
        ArgumentNullException.ThrowIfNull(text);
        try
        {
            return text.Length <= LongestFile ? Read(new TaskFields(Root(text), path, ""), text) : throw new OctetException(FailureKind.Usage, $"{path}: the task file has {text.Length} characters, more than {LongestFile}");
        }
        catch (YamlException failure)
        {
            throw new OctetException(FailureKind.Usage, $"{path}:{failure.Start.Line}: malformed YAML: {failure.Message}", failure);
        }
    }

    private static YamlMappingNode Root(string text)
    {
        var parser = new Parser(new StringReader(text));
        while (parser.MoveNext())
        {
            if (parser.Current is AnchorAlias or NodeEvent { Anchor.IsEmpty: false })
            {
                throw new YamlException(parser.Current.Start, parser.Current.End, "anchors and aliases are not allowed in a task file");
            }
        }

        var stream = new YamlStream();
        stream.Load(new StringReader(text));
        return stream.Documents is [{ RootNode: YamlMappingNode root }] ? root : throw new YamlException("a task file is one mapping of keys to values");
    }

    private static TaskDefinition Read(TaskFields fields, string source)
    {
        var name = fields.Required("task");
        var metrics = fields.Texts("metrics") ?? throw fields.Wrong("metrics", "is missing; name one or more metrics, such as [acc, acc_norm]");
        var choices = fields.IsList("doc_to_choice") ? fields.Texts("doc_to_choice") : null;
        var task = new TaskDefinition
        {
            Name = name,
            Output = fields.Required("output_type") switch
            {
                "multiple_choice" => OutputType.MultipleChoice,
                "generate_until" => OutputType.GenerateUntil,
                "loglikelihood" => OutputType.LogLikelihood,
                "loglikelihood_rolling" => OutputType.LogLikelihoodRolling,
                var other => throw fields.Wrong("output_type", $"'{other}' is none of multiple_choice, generate_until, loglikelihood, loglikelihood_rolling"),
            },
            Dataset = Dataset(fields),
            Text = fields.Text("doc_to_text") ?? "",
            Choice = choices is null ? fields.Text("doc_to_choice") : null,
            Choices = choices,
            Target = fields.Text("doc_to_target") ?? "",
            Description = fields.Text("description") ?? "",
            TargetDelimiter = fields.Text("target_delimiter") ?? " ",
            FewshotDelimiter = fields.Text("fewshot_delimiter") ?? "\n\n",
            FewshotCount = fields.Whole("num_fewshot", 0),
            FewshotFirst = fields.Text("fewshot_sampler") == "first_n",
            ProcessDocs = fields.Text("process_docs"),
            Metrics = metrics,
            PrimaryMetric = fields.Text("primary_metric") ?? metrics[0],
            Generation = Generation(fields.Map("generation_kwargs")),
            AnswerPattern = fields.Text("answer_pattern"),
            AssumeEnglish = fields.Flag("assume_english"),
            Version = fields.Number("version", 1),
            Subjects = fields.Lists("subjects"),
            SubjectColumn = fields.Flag("subject_column"),
            Source = source,
        };
        fields.RefuseOthers();
        return TaskRules.Checked(task, fields);
    }

    private static TaskDataset Dataset(TaskFields fields) => new()
    {
        Path = fields.Text("dataset_path"),
        Name = fields.Text("dataset_name"),
        Files = fields.Lists("files"),
        TestSplit = fields.Text("test_split"),
        ValidationSplit = fields.Text("validation_split"),
        TrainingSplit = fields.Text("training_split"),
        FewshotSplit = fields.Text("fewshot_split"),
    };

    private static GenerationSettings Generation(TaskFields? fields)
    {
        if (fields is null)
        {
            return new GenerationSettings();
        }

        var settings = new GenerationSettings
        {
            Until = fields.Texts("until") ?? [],
            MaxTokens = fields.Whole("max_gen_toks", 256),
            Temperature = fields.Number("temperature", 0),
            DoSample = fields.Flag("do_sample"),
        };
        fields.RefuseOthers();
        return settings;
    }
}

/// <summary>The keys of one mapping.</summary>
public sealed class TaskFields
{
    private readonly Dictionary<string, (YamlNode Key, YamlNode Value)> _values;
    private readonly HashSet<string> _read = new(StringComparer.Ordinal);
    private readonly string _path;
    private readonly string _prefix;

    internal TaskFields(YamlMappingNode map, string path, string prefix)
    {
        (_path, _prefix) = (path, prefix);
        _values = map.Children.ToDictionary(pair => ((YamlScalarNode)pair.Key).Value ?? "", pair => (pair.Key, pair.Value), StringComparer.Ordinal);
    }

    internal string Required(string key) => Text(key) is { Length: > 0 } text ? text : throw Wrong(key, "is missing");

    internal string? Text(string key) => Find(key) switch
    {
        null => null,
        YamlScalarNode { Style: ScalarStyle.Plain, Value: "null" or "~" or "" } => null,
        YamlScalarNode scalar => scalar.Value,
        _ => throw Wrong(key, "must be a text"),
    };

    internal bool IsList(string key) => Find(key) is YamlSequenceNode;

    internal IReadOnlyList<string>? Texts(string key) => Find(key) switch
    {
        null => null,
        YamlSequenceNode list => List(key, list),
        YamlScalarNode { Value: { Length: > 0 } one } => [one],
        _ => throw Wrong(key, "must be a list of texts"),
    };

    internal int Whole(string key, int fallback) => Text(key) is { } text
        ? int.TryParse(text, CultureInfo.InvariantCulture, out var value) && value >= 0 ? value : throw Wrong(key, $"'{text}' is not a whole number")
        : fallback;

    internal double Number(string key, double fallback) => Text(key) is { } text
        ? double.TryParse(text, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value) ? value : throw Wrong(key, $"'{text}' is not a number")
        : fallback;

    internal bool Flag(string key) => Text(key) switch
    {
        null or "false" => false,
        "true" => true,
        var text => throw Wrong(key, $"'{text}' is neither true nor false"),
    };

    internal TaskFields? Map(string key) => Find(key) switch
    {
        null => null,
        YamlMappingNode map => new TaskFields(map, _path, key + "."),
        _ => throw Wrong(key, "must be a mapping"),
    };

    /// <summary>A mapping of names to lists.</summary>
    internal Dictionary<string, IReadOnlyList<string>> Lists(string key)
    {
        var lists = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        foreach (var name in Map(key) is { } map ? map._values.Keys : Enumerable.Empty<string>())
        {
            lists[name] = Map(key)!.Texts(name) ?? [];
        }

        return lists;
    }

    internal void RefuseOthers()
    {
        if (_values.Keys.FirstOrDefault(key => !_read.Contains(key)) is { } unknown)
        {
            throw Wrong(unknown, "is not a key of task files; see docs/evaluation.md for those there are");
        }
    }

    internal OctetException Wrong(string key, string problem) => new(FailureKind.Usage,
        _values.TryGetValue(key, out var found) ? $"{_path}:{found.Key.Start.Line}: {_prefix}{key} {problem}" : $"{_path}: {_prefix}{key} {problem}");

    private YamlNode? Find(string key)
    {
        _read.Add(key);
        return _values.TryGetValue(key, out var found) ? found.Value : null;
    }

    private List<string> List(string key, YamlSequenceNode list) => [.. list.Children.Select(item => item is YamlScalarNode { Value: { } text } ? text : throw Wrong(key, "must be a list of texts"))];
}
