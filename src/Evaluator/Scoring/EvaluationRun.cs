using System.Reflection;
using Octet.Checkpoints;
using Octet.Checkpoints.ChatTemplates;
using Octet.Checkpoints.Tokenizers;
using Octet.Contracts;
using Octet.Contracts.Results;
using Octet.Contracts.Runs;
using Octet.Evaluator.Data;
using Octet.Evaluator.Http;
using Octet.Evaluator.IfEval;
using Octet.Evaluator.IfEval.Languages;
using Octet.Evaluator.IfEval.Sentences;
using Octet.Evaluator.Judging;
using Octet.Evaluator.Prompting;
using Octet.Evaluator.Python;
using Octet.Evaluator.Results;
using Octet.Evaluator.Tasks;

namespace Octet.Evaluator.Scoring;

/// <summary>One model on its tasks: every document asked, every answer kept.</summary>
public sealed class EvaluationRun(EvaluationOptions options, TimeProvider time)
{
    private const int UsualLength = 2048;
    private readonly List<OctetException> _failures = [];
    private readonly List<string> _notes = [];

    /// <summary>Writes results.VARIANT.json, samples.VARIANT.parquet and lm-eval's files; answers of an interrupted attempt are kept.</summary>
    /// <exception cref="OctetException">The server fails; or a task or its data set does: the other tasks' results are then written all the same.</exception>
    public async Task<EvaluationOutcome> RunAsync(IProgress<EvaluationProgress>? progress, CancellationToken cancellationToken)
    {
        var (started, fetched) = (time.GetTimestamp(), default(EvaluationProgress));
        var catalog = TaskCatalog.Load(options.TaskFolder);
        var selections = options.Tasks.Select(catalog.Find).ToArray();
        using var hub = HubDatasets.FromEnvironment(options.Variables, time, Fetching);
        var loader = new DocumentLoader(options.Rows ?? new FolderRows(options.DatasetsPath, hub.FilesAsync));
        var loaded = await LoadAsync(loader, selections, cancellationToken);
        var sentences = await SentencesAsync(loaded.Values, Fetching, cancellationToken);
        var (tokenizer, template) = ReadModelFolder();
        using var client = new EndpointClient(new Uri(options.Endpoint), options.ApiKey, options.Concurrency, options.Attempts, time);
        var served = await ServedModel.ConnectAsync(client, options.ServedModelName, tokenizer, cancellationToken);
        var longest = (options.MaxLength ?? Math.Min(UsualLength, served.MaxModelLen)) - 1;
        var builder = new QuestionBuilder(options, new PairEncoder(tokenizer, options.AddBosToken), new PromptBuilder(template, options.FewshotAsMultiturn, options.SystemInstruction), longest);
        var problems = new List<DocumentProblem>();
        var questions = loaded.Values.SelectMany(documents => Questions(builder, documents, problems)).ToArray();
        var answers = await AskAsync(new CompletionRequests(client, served, options.Seed, longest), served, questions, progress, problems, cancellationToken);
        var leaves = Judge(loaded, questions, answers, sentences, problems);
        if (leaves.Count == 0)
        {
            throw new OctetException(_failures[0].Kind, _failures[0].Message, _failures[0]);
        }

        var outcome = await WriteAsync([.. selections.Where(selection => selection.Leaves.All(leaf => leaves.Any(scored => scored.Leaf.Name == leaf.Name)))], leaves, served, longest, time.GetElapsedTime(started), cancellationToken);
        if (_failures.Count > 0)
        {
            throw new OctetException(_failures[0].Kind, $"{_failures[0].Message}; results of the other tasks are in {options.OutputPath}", _failures[0]);
        }

        File.Delete(JournalPath(served));
        return outcome;

        // Once a megabyte.
        void Fetching(FetchProgress fetch)
        {
            if (EvaluationProgress.Of(fetch) is var update && update != fetched)
            {
                fetched = update;
                progress?.Report(update);
            }
        }
    }

    private static string Version => typeof(EvaluationRun).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion
        ?? throw new InvalidOperationException("the assembly has no version");

    private async Task<Dictionary<string, TaskDocuments>> LoadAsync(DocumentLoader loader, IReadOnlyList<TaskSelection> selections, CancellationToken cancellationToken)
    {
        var loaded = new Dictionary<string, TaskDocuments>(StringComparer.Ordinal);
        foreach (var leaf in selections.SelectMany(selection => selection.Leaves).Where(leaf => !loaded.ContainsKey(leaf.Name)))
        {
            try
            {
                loaded[leaf.Name] = await loader.LoadAsync(leaf, options.Limit, options.Samples?.GetValueOrDefault(leaf.Name), leaf.Task.Shots(options.NumFewshot), cancellationToken);
            }
            catch (OctetException failure) when (failure.Kind is FailureKind.Dataset)
            {
                _failures.Add(failure);
            }
        }

        return loaded.Count > 0 ? loaded : throw _failures[0];
    }

    /// <summary>Punkt's parameters where a document needs them; null, and a note, where they cannot be had.</summary>
    private async Task<PunktSplitter?> SentencesAsync(IEnumerable<TaskDocuments> loaded, Action<FetchProgress> fetching, CancellationToken cancellationToken)
    {
        var needed = loaded.Where(documents => documents.Leaf.Task.ProcessDocs == "ifeval")
            .Select(documents => (documents.Leaf.Name, Count: documents.Documents.Sum(document => document.Json.GetProperty("instruction_id_list").EnumerateArray().Count(id => InstructionJudge.NeedsSentences(id.GetString()!)))))
            .Where(task => task.Count > 0).ToArray();
        if (needed.Length == 0)
        {
            return null;
        }

        try
        {
            return new PunktSplitter(await PunktSource.FromEnvironment(options.Variables, time, fetching).LoadAsync(PunktParameters.Places(options.DatasetsPath, options.Variables("NLTK_DATA")), cancellationToken));
        }
        catch (OctetException failure) when (failure.Kind is FailureKind.Dataset or FailureKind.Storage)
        {
            _notes.AddRange(needed.Select(task => $"{task.Name}: {task.Count} instructions about sentences and words, counted as instructions_left_out: {failure.Message}; put nltk's punkt_tab.zip into {options.DatasetsPath}, or name nltk's own folder by NLTK_DATA"));
            return null;
        }
    }

    private (Tokenizer Tokenizer, ChatTemplate? Template) ReadModelFolder()
    {
        try
        {
            return (Tokenizer.Load(options.TokenizerPath), ChatTemplate.Load(options.TokenizerPath, time));
        }
        catch (CheckpointException failure)
        {
            throw new OctetException(FailureKind.Model, failure.Message, failure);
        }
    }

    private IEnumerable<Question> Questions(QuestionBuilder builder, TaskDocuments documents, List<DocumentProblem> problems)
    {
        var sampler = new FewshotSampler(documents, documents.Leaf.Task.Shots(options.NumFewshot), options.FewshotSeed);
        foreach (var document in documents.Documents)
        {
            var examples = sampler.Next(document);
            Question? question = null;
            try
            {
                question = builder.Build(document, examples);
            }
            catch (FormatException failure)
            {
                problems.Add(new DocumentProblem(document.Leaf.Name, document.DocId, failure.Message));
            }

            if (question is not null)
            {
                yield return question;
            }
        }
    }

    private async Task<IReadOnlyDictionary<Question, Answer>> AskAsync(CompletionRequests requests, ServedModel served, Question[] questions, IProgress<EvaluationProgress>? progress, List<DocumentProblem> problems, CancellationToken cancellationToken)
    {
        await using var journal = await AnswerJournal.OpenAsync(JournalPath(served), cancellationToken);
        await using var cache = options.CachePath is { } folder ? await AnswerJournal.OpenAsync(Path.Combine(folder, "answers.jsonl"), cancellationToken) : null;
        var answers = new System.Collections.Concurrent.ConcurrentDictionary<Question, Answer>(ReferenceEqualityComparer.Instance);
        var missing = new List<(Question, string)>();
        var server = $"{served.Engine} {served.Name} {options.Seed} {(options.TextPrompts ? "text" : "ids")}";
        foreach (var question in questions)
        {
            var key = question.Key(server);
            if ((journal.Known.GetValueOrDefault(key) ?? cache?.Known.GetValueOrDefault(key)) is { } known)
            {
                answers[question] = known;
            }
            else
            {
                missing.Add((question, key));
            }
        }

        var meter = new ProgressMeter(progress, missing.Select(item => item.Item1), questions.Length - missing.Count, time);
        try
        {
            await AskAllAsync(missing);
        }
        catch (NoLogprobsException failure)
        {
            // Tasks that generate need none.
            _failures.Add(failure);
            await AskAllAsync([.. missing.Where(item => item.Item1.Generation is not null && !answers.ContainsKey(item.Item1))]);
        }

        return answers;

        async Task AskAllAsync(List<(Question, string)> open)
        {
            var asker = new Asker(requests, options, served.IsOctet, async (question, answer) =>
            {
                answers[question] = answer;
                await journal.AddAsync(answer, cancellationToken);
                await (cache?.AddAsync(answer, cancellationToken) ?? Task.CompletedTask);
                meter.Add(question);
            }, time);
            await asker.AskAsync(open, cancellationToken);
            problems.AddRange(asker.Problems);
        }
    }

    private List<LeafResult> Judge(Dictionary<string, TaskDocuments> loaded, Question[] questions, IReadOnlyDictionary<Question, Answer> answers, PunktSplitter? sentences, List<DocumentProblem> problems)
    {
        var judge = new DocumentJudge(new TextModels(sentences, new LanguageDetector(LanguageProfiles.Default)));
        var judged = new List<JudgedDocument>();
        foreach (var question in questions.Where(answers.ContainsKey))
        {
            try
            {
                judged.Add(judge.Judge(new AnsweredDocument(question, answers[question])));
            }
            catch (FormatException failure)
            {
                problems.Add(new DocumentProblem(question.Document.Leaf.Name, question.Document.DocId, failure.Message));
            }
        }

        var byLeaf = judged.ToLookup(document => document.Answered.Document.Leaf.Name);
        var leaves = new List<LeafResult>();
        foreach (var documents in loaded.Values)
        {
            DocumentProblem[] own = [.. documents.Problems, .. problems.Where(problem => problem.Task == documents.Leaf.Name)];
            if (byLeaf.Contains(documents.Leaf.Name))
            {
                leaves.Add(Leaf(documents, [.. byLeaf[documents.Leaf.Name]], own));
            }
            else
            {
                _failures.Add(new OctetException(FailureKind.Dataset, $"task {documents.Leaf.Name}: no document could be scored; the first: {own.FirstOrDefault()?.Reason}"));
            }
        }

        return leaves;
    }

    private LeafResult Leaf(TaskDocuments documents, JudgedDocument[] judged, DocumentProblem[] problems) => new()
    {
        Leaf = documents.Leaf,
        Documents = judged,
        Total = documents.Total,
        Shots = documents.Leaf.Task.Shots(options.NumFewshot),
        Problems = problems,
        Metrics = options.PredictOnly ? [] : Aggregation.Of(documents.Leaf.Task, judged),
    };

    private async Task<EvaluationOutcome> WriteAsync(TaskSelection[] selections, List<LeafResult> leaves, ServedModel served, int longest, TimeSpan elapsed, CancellationToken cancellationToken)
    {
        var byName = leaves.ToDictionary(leaf => leaf.Leaf.Name);
        var report = new EvaluationReport
        {
            Variant = options.Variant,
            Backend = "native",
            ToolVersions = new Dictionary<string, string> { ["octet"] = Version },
            Engine = served.Engine,
            Seconds = elapsed.TotalSeconds,
            Tasks = [.. selections.Select(selection => TaskReports.Of(selection, [.. selection.Leaves.Select(leaf => byName[leaf.Name])]))],
            Problems = [.. _notes, .. leaves.SelectMany(leaf => leaf.Problems).Select(problem => problem.ToString())],
        };
        var rows = selections.SelectMany(selection => Rows(selection, byName)).ToArray();
        var groups = selections.SelectMany(selection => selection.Groups.Select(group => Aggregation.Group(group.Name, selection.Task.Name, group.Members, [.. Members(selection, group).Select(leaf => byName[leaf.Name])]))).ToArray();
        var files = new LmEvalResults(options, Version, time);
        var content = files.Build(leaves, options.PredictOnly ? [] : groups, longest, elapsed.TotalSeconds);
        await ReportFile.WriteAsync(Path.Combine(options.OutputPath, RunFiles.Samples(options.Variant)), stream => SampleParquet.WriteAsync(stream, rows, cancellationToken));
        var path = await files.WriteAsync(Path.Combine(options.OutputPath, RunFiles.LmEval, options.Variant), content, leaves);
        await ReportFile.WriteAsync(Path.Combine(options.OutputPath, RunFiles.Results(options.Variant)), report, OctetJson.Default.EvaluationReport, cancellationToken);
        return new EvaluationOutcome(report, leaves, path, content);
    }

    /// <summary>Leaves under a group: those it names, or all of the groups it names.</summary>
    private static IEnumerable<TaskLeaf> Members(TaskSelection selection, (string Name, IReadOnlyList<string> Members) group) =>
        selection.Leaves.Where(leaf => group.Members.Contains(leaf.Name) || selection.Groups.Any(inner => group.Members.Contains(inner.Name) && inner.Members.Contains(leaf.Name)));

    /// <summary>Rows with positions that are unique in the selection.</summary>
    private static IEnumerable<SampleRow> Rows(TaskSelection selection, Dictionary<string, LeafResult> leaves)
    {
        var offset = 0;
        foreach (var leaf in selection.Leaves.Select(leaf => leaves[leaf.Name]))
        {
            foreach (var document in leaf.Documents)
            {
                yield return document.ToRow(selection.Name, offset + document.Answered.Document.DocId);
            }

            offset += leaf.Total;
        }
    }

    /// <summary>Answers of one attempt go on only on the same engine, model and seed.</summary>
    private string JournalPath(ServedModel served) => Path.Combine(options.OutputPath, $"samples.{options.Variant}.{PythonJson.Hash($"{served.Engine} {served.Name} {options.Seed}")[..12]}.partial.jsonl");
}
