using System.Reflection;
using System.Text.Json.Nodes;
using Octet.Checkpoints;
using Octet.Checkpoints.ChatTemplates;
using Octet.Checkpoints.Tokenizers;
using Octet.Contracts;
using Octet.Contracts.Jobs;
using Octet.Contracts.Results;
using Octet.Contracts.Runs;
using Octet.Evaluator.Data;
using Octet.Evaluator.Http;
using Octet.Evaluator.IfEval;
using Octet.Evaluator.IfEval.Languages;
using Octet.Evaluator.IfEval.Sentences;
using Octet.Evaluator.Python;
using Octet.Evaluator.Tasks;
using Octet.Jobs;

namespace Octet.Evaluator.Scoring;

/// <summary>How far an evaluation is.</summary>
public readonly record struct EvaluationProgress(string Task, int Done, int Total);

/// <summary>One model on its tasks: every document asked, every answer kept.</summary>
public sealed class EvaluationRun(EvaluateJob job, DataRoot root, string? apiKey, TimeProvider time)
{
    private readonly string _output = root.Resolve(job.OutputPath);

    /// <summary>Writes results.VARIANT.json and samples.VARIANT.parquet; rows of an interrupted attempt are kept.</summary>
    /// <exception cref="OctetException">A task, data set or the server fails.</exception>
    public async Task<EvaluationReport> RunAsync(IProgress<EvaluationProgress>? progress, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        if (job.NumFewshot is > 0)
        {
            throw new OctetException(FailureKind.Usage, $"evaluate.num-fewshot {job.NumFewshot} is not supported by the native evaluator; use 0");
        }

        var tasks = job.Tasks.Select(TaskCatalog.Find).ToArray();
        var folder = root.ResolveReadable(job.DatasetsPath ?? throw new OctetException(FailureKind.Dataset, "no folder of data sets was given; use --datasets DIR"));
        var documents = tasks.SelectMany(task => DocumentReader.Read(task, folder, job.Limit).Select(document => (Task: task, Document: document))).ToArray();
        using var endpoint = new CompletionScorer(new Uri(job.Endpoint), job.ServedModelName, apiKey, job.Concurrency, job.Seed, time);
        var model = await endpoint.ConnectAsync(cancellationToken);
        var engine = await EngineAsync(cancellationToken);
        var models = new TextModels(PunktParameters.Find(PunktParameters.Places(folder, Environment.GetEnvironmentVariable("NLTK_DATA"))) is { } found ? new PunktSplitter(found) : null, new LanguageDetector(LanguageProfiles.Default));
        var scorer = Scorer(endpoint, model, models);
        var rows = await ScoreAllAsync(documents, scorer, engine, progress, cancellationToken);
        var report = new EvaluationReport
        {
            Variant = job.Variant,
            Backend = "native",
            ToolVersions = new Dictionary<string, string> { ["octet"] = Version },
            Engine = engine,
            Seconds = time.GetElapsedTime(started).TotalSeconds,
            Tasks = [.. tasks.Select(task => TaskSummary.Of(task, [.. rows.Where(row => row.Task == task.Name)]))],
        };
        await ReportFile.WriteAsync(Path.Combine(_output, RunFiles.Samples(job.Variant)), stream => SampleParquet.WriteAsync(stream, rows, cancellationToken));
        await ReportFile.WriteAsync(Path.Combine(_output, RunFiles.Results(job.Variant)), report, OctetJson.Default.EvaluationReport, cancellationToken);
        File.Delete(JournalPath(engine));
        return report;
    }

    private static string Version => typeof(EvaluationRun).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion
        ?? throw new InvalidOperationException("the assembly has no version");

    private DocumentScorer Scorer(CompletionScorer endpoint, EndpointModel model, TextModels models)
    {
        var folder = root.ResolveReadable(job.TokenizerPath);
        try
        {
            return new DocumentScorer(endpoint, Tokenizer.Load(folder), model, ChatTemplate.Load(folder) is not null, models, time);
        }
        catch (CheckpointException failure)
        {
            throw new OctetException(FailureKind.Model, failure.Message, failure);
        }
    }

    /// <summary>All documents, asked by a fixed number of askers in order; rows in the order of the documents.</summary>
    private async Task<SampleRow[]> ScoreAllAsync((TaskDefinition Task, EvalDocument Document)[] documents, DocumentScorer scorer, string engine, IProgress<EvaluationProgress>? progress, CancellationToken cancellationToken)
    {
        await using var journal = await SampleJournal.OpenAsync(JournalPath(engine), cancellationToken);
        var rows = new SampleRow[documents.Length];
        var next = -1;
        var done = 0;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await Task.WhenAll(Enumerable.Range(0, Math.Min(job.Concurrency, documents.Length)).Select(_ => AskAsync()));
        return rows;

        async Task AskAsync()
        {
            try
            {
                for (var i = Interlocked.Increment(ref next); i < documents.Length; i = Interlocked.Increment(ref next))
                {
                    var (task, document) = documents[i];
                    if (journal.Known.TryGetValue((task.Name, document.DocId), out var known) && known.DocHash == document.Hash)
                    {
                        rows[i] = known;
                    }
                    else
                    {
                        // The first document of a task is traced through every server; thousands of others would only cost time.
                        using var untraced = i > 0 && documents[i - 1].Task.Name == task.Name ? RequestTracing.Suppress() : null;
                        rows[i] = await scorer.ScoreAsync(task, document, stop.Token);
                        await journal.AddAsync(rows[i], stop.Token);
                    }

                    progress?.Report(new EvaluationProgress(task.Name, Interlocked.Increment(ref done), documents.Length));
                }
            }
            catch
            {
                await stop.CancelAsync();
                throw;
            }
        }
    }

    /// <summary>Rows of one attempt go on only on the same engine, tasks and seed.</summary>
    private string JournalPath(string engine) => Path.Combine(_output, $"samples.{job.Variant}.{PythonJson.Hash($"{engine} {job.ServedModelName} {job.Seed}")[..12]}.partial.jsonl");

    /// <summary>Name, version and arithmetic of the server: samples of different ones are never paired.</summary>
    private async Task<string> EngineAsync(CancellationToken cancellationToken)
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(30) };
        http.DefaultRequestHeaders.Authorization = string.IsNullOrEmpty(apiKey) ? null : new("Bearer", apiKey);
        var server = job.Endpoint.TrimEnd('/')[..^"v1".Length];
        try
        {
            using var own = await http.GetAsync(new Uri(server + "octet/config"), cancellationToken);
            if (own.IsSuccessStatusCode)
            {
                var config = JsonNode.Parse(await own.Content.ReadAsStringAsync(cancellationToken))!;
                return $"octet {config["engine_version"]}, {config["dtype"]}, {config["kernels"]}";
            }

            var version = JsonNode.Parse(await http.GetStringAsync(new Uri(server + "version"), cancellationToken))!["version"];
            return $"vllm {version}";
        }
        catch (Exception exception) when (exception is HttpRequestException or System.Text.Json.JsonException)
        {
            throw new OctetException(FailureKind.Server, $"{server} does not tell its engine and version: {exception.Message}", exception);
        }
    }
}
