namespace Octet.Evaluator.Tasks;

/// <summary>How a document is asked. Names in task files are lm-eval's: multiple_choice, generate_until, loglikelihood, loglikelihood_rolling.</summary>
public enum OutputType
{
    /// <summary>The choice whose text is likeliest after the prompt.</summary>
    MultipleChoice,

    /// <summary>A text generated after the prompt.</summary>
    GenerateUntil,

    /// <summary>The likelihood of one given text after the prompt.</summary>
    LogLikelihood,

    /// <summary>The likelihood of a whole text, window by window.</summary>
    LogLikelihoodRolling,
}

/// <summary>How a generated text ends.</summary>
public sealed record GenerationSettings
{
    public IReadOnlyList<string> Until { get; init; } = [];
    public int MaxTokens { get; init; } = 256;
    public double Temperature { get; init; }
    public bool DoSample { get; init; }
}

/// <summary>Where a task's rows come from.</summary>
public sealed record TaskDataset
{
    /// <summary>Hub id; null for tasks that exist as files only.</summary>
    public string? Path { get; init; }

    /// <summary>Configuration of the hub's data set; <c>{subject}</c> stands for the subject.</summary>
    public string? Name { get; init; }

    /// <summary>Files by split, relative to the folder of data sets; the first that exists is taken.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Files { get; init; } = new Dictionary<string, IReadOnlyList<string>>();

    public string? TestSplit { get; init; }
    public string? ValidationSplit { get; init; }
    public string? TrainingSplit { get; init; }
    public string? FewshotSplit { get; init; }

    /// <summary>Split whose documents are asked.</summary>
    public string EvaluatedSplit => TestSplit ?? ValidationSplit ?? TrainingSplit ?? "test";

    /// <summary>Split whose documents are examples; null when there is none.</summary>
    public string? ExampleSplit => FewshotSplit ?? TrainingSplit ?? ValidationSplit;

    /// <summary>lm-eval's rule: one more example is drawn and the document itself removed.</summary>
    public bool DrawsOneMore => FewshotSplit == TestSplit;
}

/// <summary>One task, as its file says it.</summary>
public sealed record TaskDefinition
{
    public required string Name { get; init; }
    public required OutputType Output { get; init; }
    public required TaskDataset Dataset { get; init; }

    /// <summary>Column or template that gives the prompt.</summary>
    public string Text { get; init; } = "";

    /// <summary>Column or template of the choices; null where <see cref="Choices"/> or nothing is.</summary>
    public string? Choice { get; init; }

    /// <summary>The same choices for every document.</summary>
    public IReadOnlyList<string>? Choices { get; init; }

    /// <summary>Column or template of the right answer: an index for multiple choice.</summary>
    public string Target { get; init; } = "";
    public string Description { get; init; } = "";
    public string TargetDelimiter { get; init; } = " ";
    public string FewshotDelimiter { get; init; } = "\n\n";
    public int FewshotCount { get; init; }

    /// <summary>The first rows of the split are the examples, instead of a draw for each document.</summary>
    public bool FewshotFirst { get; init; }

    /// <summary>Built-in change of the rows: hellaswag, wikitext, ifeval; null for none.</summary>
    public string? ProcessDocs { get; init; }
    public required IReadOnlyList<string> Metrics { get; init; }

    /// <summary>Metric that decides a document.</summary>
    public required string PrimaryMetric { get; init; }
    public GenerationSettings Generation { get; init; } = new();

    /// <summary>Regular expression whose first group, or whole match, is taken from a generated text before it is compared.</summary>
    public string? AnswerPattern { get; init; }

    /// <summary>The texts are English by construction: case instructions need no language detection.</summary>
    public bool AssumeEnglish { get; init; }

    /// <summary>Version in lm-eval's results.</summary>
    public double Version { get; init; } = 1;

    /// <summary>Groups of subjects, each a task of its own in lm-eval; empty for a plain task.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Subjects { get; init; } = new Dictionary<string, IReadOnlyList<string>>();

    /// <summary>The rows of all subjects lie together, with a column <c>subject</c>, and are one task.</summary>
    public bool SubjectColumn { get; init; }

    /// <summary>Examples before each document of it.</summary>
    /// <param name="wanted">What the user asks for; null takes the task's own number.</param>
    public int Shots(int? wanted) => Output == OutputType.LogLikelihoodRolling || ProcessDocs == "ifeval" ? 0 : wanted ?? FewshotCount;

    /// <summary>Text of the file.</summary>
    public string Source { get; init; } = "";
}

/// <summary>A task or one subject of it: what lm-eval calls a task.</summary>
/// <param name="Task">Definition.</param>
/// <param name="Name">Name in lm-eval's results.</param>
/// <param name="Subject">Empty for a plain task.</param>
public sealed record TaskLeaf(TaskDefinition Task, string Name, string Subject)
{
    public string Alias => Subject.Length == 0 ? Name : Subject;
}

/// <summary>What a user asked for: a task, a group or a subject.</summary>
/// <param name="Name">As asked.</param>
/// <param name="Leaves">In lm-eval's order.</param>
/// <param name="Groups">Groups that are reported, outermost first, each with its members (groups or leaves).</param>
public sealed record TaskSelection(string Name, IReadOnlyList<TaskLeaf> Leaves, IReadOnlyList<(string Name, IReadOnlyList<string> Members)> Groups)
{
    public TaskDefinition Task => Leaves[0].Task;
}
