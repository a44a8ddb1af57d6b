namespace Octet.Evaluator;

/// <summary>What one evaluation asks, of whom and how.</summary>
public sealed record EvaluationOptions
{
    /// <summary>Names the output files.</summary>
    public required string Variant { get; init; }

    /// <summary>Base address that ends in /v1.</summary>
    public required string Endpoint { get; init; }
    public required string ServedModelName { get; init; }

    /// <summary>Folder with tokenizer.json.</summary>
    public required string TokenizerPath { get; init; }
    public required IReadOnlyList<string> Tasks { get; init; }

    /// <summary>Folder for results.</summary>
    public required string OutputPath { get; init; }

    /// <summary>Folder of the data sets.</summary>
    public required string DatasetsPath { get; init; }

    /// <summary>Rows instead of those of the folder and the hub; null for those.</summary>
    public Data.IRowSource? Rows { get; init; }

    /// <summary>Folder with further task files; null for none.</summary>
    public string? TaskFolder { get; init; }

    /// <summary>Reads the environment variables of the hub and of nltk.</summary>
    public Func<string, string?> Variables { get; init; } = Environment.GetEnvironmentVariable;

    /// <summary>Bearer key; null for none.</summary>
    public string? ApiKey { get; init; }

    /// <summary>Examples before each document; null takes each task's own number.</summary>
    public int? NumFewshot { get; init; }

    /// <summary>Documents a task (of MMLU: a subject): a number, or a share below 1; null for all.</summary>
    public double? Limit { get; init; }

    /// <summary>Positions to ask by task; null for those of <see cref="Limit"/>.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<int>>? Samples { get; init; }
    public int Concurrency { get; init; } = 32;

    /// <summary>Prompts of one request in lm-eval's form.</summary>
    public int BatchSize { get; init; } = 1;

    /// <summary>Null applies the chat template to generation tasks only.</summary>
    public bool? ApplyChatTemplate { get; init; }
    public bool FewshotAsMultiturn { get; init; } = true;
    public string? SystemInstruction { get; init; }

    /// <summary>Sent with every request.</summary>
    public long Seed { get; init; } = 1234;

    /// <summary>Of the draws of examples.</summary>
    public ulong FewshotSeed { get; init; } = 1234;

    /// <summary>Prompt plus one token; null takes lm-eval's 2048, or the model's length where that is shorter.</summary>
    public int? MaxLength { get; init; }

    /// <summary>Puts the tokenizer's special tokens in front of every prompt.</summary>
    public bool AddBosToken { get; init; }

    /// <summary>Prompts are sent as texts.</summary>
    public bool TextPrompts { get; init; }

    /// <summary>Only requests that every completions endpoint knows, in lm-eval's order: also on our own server.</summary>
    public bool PlainRequests { get; init; }

    /// <summary>Generation through the chat endpoint, which applies its own template.</summary>
    public bool ChatEndpoint { get; init; }

    /// <summary>Generation settings over the tasks' own, as JSON texts: temperature, max_gen_toks, top_p, ...</summary>
    public IReadOnlyDictionary<string, string> GenerationSettings { get; init; } = new Dictionary<string, string>();

    /// <summary>Answers are kept, nothing is judged.</summary>
    public bool PredictOnly { get; init; }

    /// <summary>Folder of answers that later evaluations reuse; null for none.</summary>
    public string? CachePath { get; init; }

    /// <summary>Tries of one request in all.</summary>
    public int Attempts { get; init; } = 3;
}
