using System.CommandLine;
using System.Globalization;
using Grpc.Core;
using Octet.Cli.Embedded;
using Octet.Cli.Output;
using Octet.Cli.Plan;
using Octet.Contracts.Grpc;
using Octet.Contracts.Pipeline.V1;
using Octet.Contracts.Reporter.V1;
using Octet.Contracts.Runs;
using Octet.Evaluator.Tasks;
using Octet.Pipeline.Runs;

namespace Octet.Cli.Commands;

/// <summary><c>octet run</c>, <c>resume</c>, <c>runs</c>, <c>show</c>.</summary>
internal static class RunCommands
{
    internal static readonly Option<string> DataRootOption = new("--data-root") { Description = "Folder of runs, compressed models and cache.", DefaultValueFactory = _ => "octet-data", Recursive = true };
    private static readonly Option<string?> QueueOption = new("--queue")
    {
        Description = "HOST:PORT of a Redis, Valkey or Garnet queue with workers that run already and share the data root (also OCTET_QUEUE; password in OCTET_QUEUE_PASSWORD or OCTET_QUEUE_PASSWORD_FILE). By default the run has a queue of its own.",
    };

    /// <summary>Leaves every module as it is: an artefact that is the original in another folder.</summary>
    private static readonly string[] Everything = ["re:.*"];
    private static readonly Option<bool> NoCacheOption = new("--no-cache") { Description = "Measure everything anew, whatever earlier runs of the same inputs left." };
    private static readonly Option<bool> JsonOption = new("--json") { Description = "One JSON object per event." };

    public static Command Run(TextWriter output, TextWriter error)
    {
        var model = new Option<string?>("--model") { Description = "Model folder or Hugging Face id; by default the bundled demo model." };
        var spec = new Option<FileInfo?>("--spec") { Description = "Run specification (YAML); flags win over it." };
        var tasks = new Option<string?>("--tasks") { Description = "Tasks, separated by commas." };
        var datasets = new Option<string?>("--datasets") { Description = "Folder of the data sets of the real tasks." };
        var limit = new Option<double?>("--limit") { Description = "Documents per task (of MMLU: per subject); below 1 a share of them." };
        var look = new Option<int?>("--look") { Description = "Which of the policy's planned looks this run is (policy.looks)." };
        var control = new Option<bool>("--aa") { Description = "A/A control: base against base, with nothing compressed. Every difference found is false and is named; exit 0 none, 1 a false difference." };
        var replicates = new Option<int?>("--replicates") { Description = "Pairs of load runs a point." };
        var backend = new Option<string?>("--backend") { Description = "Who quantizes, evaluates and loads: native, python (LLM Compressor, LM Eval, GuideLLM; see docs/python-workers.md), or auto: a Python worker where a live one announces itself, else native." };
        backend.AcceptOnlyFromAmong("auto", "native", "python");
        var command = new Command("run", "Quantize a model, serve both, measure both, and say GO, NO-GO or INCONCLUSIVE.") { model, spec, backend, tasks, datasets, limit, replicates, look, control, NoCacheOption, QueueOption, DataRootOption, JsonOption };
        command.SetAction(async (parsed, cancellation) =>
        {
            var given = parsed.GetValue(spec) is { } file ? await RunSpecYaml.LoadAsync(file.FullName, cancellation) : new RunSpec();
            var modelPath = parsed.GetValue(model) ?? given.Model;
            var data = parsed.GetValue(datasets) ?? given.Evaluate.Datasets;
            var merged = WithBackend(given, parsed.GetValue(backend)) with
            {
                Model = modelPath is not null && Directory.Exists(modelPath) ? Path.GetFullPath(modelPath) : modelPath,
                Evaluate = given.Evaluate with
                {
                    Backend = parsed.GetValue(backend) ?? given.Evaluate.Backend,
                    Tasks = parsed.GetValue(tasks)?.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? given.Evaluate.Tasks,
                    Datasets = data is null ? null : Path.GetFullPath(data),
                    TaskFolder = FullPath(given.Evaluate.TaskFolder),
                    Divergence = given.Evaluate.Divergence is { } divergence ? divergence with { Text = FullPath(divergence.Text), Prompts = FullPath(divergence.Prompts) } : null,
                    Limit = parsed.GetValue(limit) ?? given.Evaluate.Limit,
                },
            };
            var queue = QueueAddress.Find(parsed.GetValue(QueueOption), Environment.GetEnvironmentVariable);
            merged = merged with { Load = merged.Load with { Replicates = parsed.GetValue(replicates) ?? merged.Load.Replicates }, Control = merged.Control || parsed.GetValue(control), Look = parsed.GetValue(look) ?? merged.Look };
            merged = merged.Control ? merged with { Quantize = merged.Quantize with { Ignore = Everything } } : merged;
            if (merged.Look is { } number && (number < 1 || number > (merged.Policy.Looks ?? 1)))
            {
                throw new OctetException(FailureKind.Usage, $"--look {number} is not one of the {merged.Policy.Looks ?? 1} that the policy plans (policy.looks)");
            }

            Check(merged, parsed.GetValue(limit), queue is null);
            if (merged.Model is { } named)
            {
                await ModelFetch.FolderAsync(named, error, cancellation);
            }

            return await RunSpecAsync(merged, parsed.GetRequiredValue(DataRootOption), queue, parsed.GetValue(NoCacheOption), parsed.GetValue(JsonOption), output, error, cancellation);
        });
        return command;
    }

    /// <summary>What can be known to be wrong before anything starts.</summary>
    /// <exception cref="OctetException">Kind Usage.</exception>
    private static void Check(RunSpec spec, double? limit, bool own)
    {
        if (limit is { } given && !(given is > 0 and < 1 || (given >= 1 && double.IsInteger(given))))
        {
            throw new OctetException(FailureKind.Usage, string.Create(CultureInfo.InvariantCulture, $"--limit {given} is neither a whole number from 1 nor a share above 0 and below 1; leave it out for all documents"));
        }

        if (spec.Load.Replicates < 1)
        {
            throw new OctetException(FailureKind.Usage, $"--replicates {spec.Load.Replicates} is less than 1");
        }

        if (spec.Evaluate.Tasks.Count == 0)
        {
            throw new OctetException(FailureKind.Usage, "--tasks names no task");
        }

        // LM Eval, which other workers may drive, has tasks of its own.
        if (spec.Evaluate.Backend == "native" || (spec.Evaluate.Backend == "auto" && own))
        {
            var catalog = TaskCatalog.Load(spec.Evaluate.TaskFolder);
            foreach (var task in spec.Evaluate.Tasks)
            {
                catalog.Find(task);
            }
        }
    }

    /// <summary>A whole run on the embedded host.</summary>
    internal static async Task<int> RunSpecAsync(RunSpec spec, string dataRoot, QueueAddress? queue, bool noCache, bool json, TextWriter output, TextWriter error, CancellationToken cancellationToken)
    {
        await using var host = await EmbeddedHost.StartAsync(dataRoot, Readable(spec), queue, cancellationToken);
        await using var workers = await host.StartWorkersAsync(spec, error, cancellationToken);
        if (!json)
        {
            await output.WriteLineAsync(spec.Control
                ? "control base against base: any difference found is false"
                : PowerLine.Of(spec, await DocumentCounts.OfAsync(spec.Evaluate, cancellationToken)));
        }

        return await DriveAsync(host, () => host.Pipeline.StartRunAsync(new StartRunRequest { SpecYaml = RunSpecYaml.Write(spec), NoCache = noCache }, cancellationToken: cancellationToken), json, output, cancellationToken);
    }

    public static Command Resume(TextWriter output, TextWriter error)
    {
        var id = new Argument<string>("run") { Description = "Run id; octet runs lists them." };
        var command = new Command("resume", "Go on with a run from its last finished stage.") { id, NoCacheOption, QueueOption, DataRootOption, JsonOption };
        command.SetAction(async (parsed, cancellation) =>
        {
            var folder = new RunFolder(DataRoots.Open(parsed.GetRequiredValue(DataRootOption), DataRootOption.Name), parsed.GetRequiredValue(id));
            var spec = folder.Exists ? await RunSpecYaml.LoadAsync(folder.PathOf(RunFiles.Spec), cancellation) : new RunSpec();
            await using var host = await EmbeddedHost.StartAsync(parsed.GetRequiredValue(DataRootOption), Readable(spec), QueueAddress.Find(parsed.GetValue(QueueOption), Environment.GetEnvironmentVariable), cancellation);
            await using var workers = await host.StartWorkersAsync(spec, error, cancellation);
            return await DriveAsync(host, () => host.Pipeline.ResumeRunAsync(new ResumeRunRequest { RunId = folder.Id, NoCache = parsed.GetValue(NoCacheOption) }, cancellationToken: cancellation), parsed.GetValue(JsonOption), output, cancellation);
        });
        return command;
    }

    public static Command List(TextWriter output)
    {
        var command = new Command("runs", "List the runs of the data root.") { DataRootOption, JsonOption };
        command.SetAction(async (parsed, cancellation) =>
        {
            if (Path.GetFullPath(parsed.GetRequiredValue(DataRootOption)) is var folder && !Path.Exists(folder) && Directory.Exists(Path.GetDirectoryName(folder)))
            {
                await (parsed.GetValue(JsonOption) ? Task.CompletedTask : output.WriteLineAsync($"no runs: there is no folder {folder}"));
                return ExitCodes.Success;
            }

            await using var registry = Registry(parsed.GetRequiredValue(DataRootOption));
            foreach (var run in registry.List())
            {
                cancellation.ThrowIfCancellationRequested();
                await output.WriteLineAsync(parsed.GetValue(JsonOption)
                    ? Google.Protobuf.JsonFormatter.Default.Format(run)
                    : string.Create(CultureInfo.InvariantCulture, $"{run.RunId,-48} {run.State,-12} {RunView.Name(run.Verdict)}"));
            }

            return ExitCodes.Success;
        });
        return command;
    }

    public static Command Show(TextWriter output)
    {
        var id = new Argument<string>("run") { Description = "Run id; octet runs lists them." };
        var command = new Command("show", "Print the report of a run, or how far it came.") { id, DataRootOption, JsonOption };
        command.SetAction(async (parsed, cancellation) =>
        {
            var root = DataRoots.Open(parsed.GetRequiredValue(DataRootOption), DataRootOption.Name);
            var folder = new RunFolder(root, parsed.GetRequiredValue(id));
            if (!folder.Exists)
            {
                throw new OctetException(FailureKind.Usage, $"there is no run '{folder.Id}' in {root.RunsDirectory}; octet runs lists them");
            }

            var json = parsed.GetValue(JsonOption);
            var report = folder.PathOf(json ? RunFiles.Comparison : RunFiles.ComparisonMarkdown);
            if (File.Exists(report))
            {
                var text = await File.ReadAllTextAsync(report, cancellation);
                await (json ? output.WriteLineAsync(JsonLine.Compacted(text)) : output.WriteAsync(text));
                return ExitCodes.Success;
            }

            var view = new RunView(output, json, terminal: false);
            foreach (var entry in RunJournal.Open(folder.PathOf(RunFiles.Events), TimeProvider.System).Events)
            {
                view.Show(entry);
            }

            return ExitCodes.Success;
        });
        return command;
    }

    private static RunSpec WithBackend(RunSpec spec, string? backend) => backend is null ? spec : spec with
    {
        Quantize = spec.Quantize with { Backend = backend },
        Load = spec.Load with { Backend = backend },
    };

    private static RunRegistry Registry(string dataRoot) =>
        new(DataRoots.Open(dataRoot, DataRootOption.Name), Microsoft.Extensions.Options.Options.Create(new Pipeline.PipelineOptions()), new ServiceCollection().BuildServiceProvider(), TimeProvider.System);

    private static string? FullPath(string? path) => path is null ? null : Path.GetFullPath(path);

    private static IEnumerable<string> Readable(RunSpec spec)
    {
        if (spec.Model is { } model && ModelResolver.Resolve(model, new Pipeline.PipelineOptions()) is var folder)
        {
            yield return folder;
        }

        if (spec.Evaluate.Datasets is { } datasets)
        {
            yield return datasets;
        }

        if (spec.Evaluate.TaskFolder is { } tasks)
        {
            yield return tasks;
        }

        if (spec.Evaluate.Divergence is { } divergence)
        {
            yield return divergence.File;
        }
    }

    /// <summary>Starts or resumes, shows every event, and turns the end into an exit code. Ctrl+C cancels the run and waits for its end.</summary>
    private static async Task<int> DriveAsync(EmbeddedHost host, Func<AsyncUnaryCall<StartRunResponse>> start, bool json, TextWriter output, CancellationToken cancellationToken)
    {
        try
        {
            var run = await start();
            await using var cancelling = cancellationToken.Register(() => _ = CancelAsync(host, run.RunId));
            var view = new RunView(output, json, !json && !Console.IsOutputRedirected);
            RunEvent? last = null;
            using var call = host.Pipeline.WatchRun(new WatchRunRequest { RunId = run.RunId }, cancellationToken: CancellationToken.None);
            await foreach (var entry in call.ResponseStream.ReadAllAsync(CancellationToken.None))
            {
                view.Show(entry);
                last = entry;
            }

            return await EndAsync(host, run, last, json, output, cancellationToken);
        }
        catch (RpcException) when (cancellationToken.IsCancellationRequested)
        {
            throw new RunCancelledException("cancelled before the run was under way; octet runs lists it if it can be resumed", cancellationToken);
        }
        catch (RpcException exception)
        {
            throw GrpcFailure.FromRpc(exception, "pipeline");
        }
    }

    private static async Task<int> EndAsync(EmbeddedHost host, StartRunResponse run, RunEvent? last, bool json, TextWriter output, CancellationToken cancellationToken)
    {
        if (last?.RunCompleted is { } completed)
        {
            if (!json)
            {
                await output.WriteLineAsync($"report  {Path.Combine(host.Root.FullPath, completed.MarkdownPath)}");
                if (completed.Verdict == Verdict.NoGo && !(await RunSpecYaml.LoadAsync(new RunFolder(host.Root, run.RunId).PathOf(RunFiles.Spec), cancellationToken)).Control)
                {
                    await output.WriteLineAsync($"remedy  octet remedy {run.RunId} finds the layers that lose most, --rerun tries again without compressing them");
                }
            }

            return completed.Verdict switch { Verdict.Go => ExitCodes.Go, Verdict.NoGo => ExitCodes.NoGo, _ => ExitCodes.Inconclusive };
        }

        if (last?.RunCancelled is not null)
        {
            throw new RunCancelledException($"run {run.RunId} is cancelled; octet resume {run.RunId} goes on", cancellationToken);
        }

        var failure = last?.StageFailed?.Failure ?? throw new OctetException(FailureKind.Internal, $"run {run.RunId} ended without an end");
        var kind = Enum.TryParse<FailureKind>(failure.Kind, out var named) ? named : FailureKind.Internal;
        throw new OctetException(kind, kind == FailureKind.Usage ? $"{failure.Message} (run {run.RunId}; its specification stays as it is: start another)" : $"{failure.Message} (run {run.RunId}: octet resume {run.RunId} goes on)");
    }

    private static async Task CancelAsync(EmbeddedHost host, string runId)
    {
        try
        {
            await host.Pipeline.CancelRunAsync(new CancelRunRequest { RunId = runId });
        }
        catch (RpcException)
        {
            // The run has ended in between: its last event says how.
        }
    }
}
