using System.Threading.Channels;
using Grpc.Core;
using Octet.Contracts;
using Octet.Contracts.Backends.V1;
using Octet.Contracts.Evaluator.V1;
using Octet.Contracts.Grpc;
using Octet.Contracts.Jobs;
using Octet.Contracts.Progress.V1;
using Octet.Contracts.Runs;
using Octet.Evaluator.Data;
using Octet.Evaluator.Divergence;
using Octet.Evaluator.Scoring;
using Octet.Evaluator.Tasks;
using Octet.Jobs;
using Octet.Jobs.Backends;

namespace Octet.Evaluator.Service;

/// <summary>Turns a request into a job and its updates into a stream.</summary>
public sealed class EvaluatorGrpc(JobQueue queue, DataRoot root, IConfiguration configuration, IHostApplicationLifetime lifetime, TimeProvider time) : EvaluatorService.EvaluatorServiceBase
{
    public override async Task Evaluate(EvaluateRequest request, IServerStreamWriter<EvaluateUpdate> responseStream, ServerCallContext context)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, lifetime.ApplicationStopping);
        try
        {
            var name = await WorkBackends.Evaluate.QueueAsync(queue, request.Backend, stop.Token);
            var result = await queue.RunAsync(name, ToJob(request), progress => responseStream.WriteAsync(new EvaluateUpdate { Progress = ToProgress(progress) }, stop.Token), stop.Token);
            await responseStream.WriteAsync(new EvaluateUpdate { Done = new EvaluateDone { ResultsPath = result.ReportPath } }, stop.Token);
        }
        catch (OctetException failure)
        {
            throw GrpcFailure.ToRpc(failure);
        }
    }

    public override async Task Diverge(DivergeRequest request, IServerStreamWriter<EvaluateUpdate> responseStream, ServerCallContext context)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, lifetime.ApplicationStopping);
        try
        {
            var updates = Channel.CreateBounded<EvaluationProgress>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest });
            var work = DivergeAsync(request, updates.Writer, stop.Token);
            await foreach (var update in updates.Reader.ReadAllAsync(stop.Token))
            {
                await responseStream.WriteAsync(new EvaluateUpdate { Progress = new Progress { Activity = update.Task, Done = update.Done, Total = update.Total, Unit = "windows or prompts" } }, stop.Token);
            }

            await work;
            await responseStream.WriteAsync(new EvaluateUpdate { Done = new EvaluateDone { ResultsPath = request.OutputPath } }, stop.Token);
        }
        catch (OctetException failure)
        {
            throw GrpcFailure.ToRpc(failure);
        }
    }

    private async Task DivergeAsync(DivergeRequest request, ChannelWriter<EvaluationProgress> updates, CancellationToken cancellationToken)
    {
        try
        {
            var options = new DivergenceOptions
            {
                Base = new DivergenceEndpoint(request.Base.Endpoint, request.Base.ServedModelName),
                Candidate = new DivergenceEndpoint(request.Compressed.Endpoint, request.Compressed.ServedModelName),
                TokenizerPath = root.ResolveReadable(request.TokenizerPath),
                TextPath = request.HasTextPath ? root.ResolveReadable(request.TextPath) : null,
                PromptsPath = request.HasPromptsPath ? root.ResolveReadable(request.PromptsPath) : null,
                Window = request.Window,
                MaxTokens = request.MaxTokens,
                Concurrency = request.Concurrency,
                ApiKey = configuration["OCTET_API_KEY"],
            };
            var report = await new DivergenceRun(options, time).RunAsync(new ChannelProgress(updates), cancellationToken);
            await ReportFile.WriteAsync(root.Resolve(request.OutputPath), report, OctetJson.Default.DivergenceReport, cancellationToken);
        }
        finally
        {
            updates.Complete();
        }
    }

    public override async Task<CheckTasksResponse> CheckTasks(CheckTasksRequest request, ServerCallContext context)
    {
        try
        {
            var catalog = TaskCatalog.Load(request.TaskFolder.Length == 0 ? null : root.ResolveReadable(request.TaskFolder));
            using var hub = HubDatasets.FromEnvironment(Environment.GetEnvironmentVariable, time);
            await new DatasetCheck(root.ResolveReadable(request.DatasetsPath), hub).CheckAsync([.. request.Tasks.Select(catalog.Find)], request.HasNumFewshot ? request.NumFewshot : null, context.CancellationToken);
            return new CheckTasksResponse();
        }
        catch (OctetException failure)
        {
            throw GrpcFailure.ToRpc(failure);
        }
    }

    public override async Task<ListBackendsResponse> ListBackends(ListBackendsRequest request, ServerCallContext context)
    {
        try
        {
            return await WorkBackends.Evaluate.ListAsync(queue, context.CancellationToken);
        }
        catch (OctetException failure)
        {
            throw GrpcFailure.ToRpc(failure);
        }
    }

    private static EvaluateJob ToJob(EvaluateRequest request) => new()
    {
        RunId = request.RunId,
        Variant = request.Variant,
        Endpoint = request.Endpoint,
        ServedModelName = request.ServedModelName,
        TokenizerPath = request.TokenizerPath,
        Tasks = [.. request.Tasks],
        NumFewshot = request.NumFewshot < 0 ? null : request.NumFewshot,
        Limit = request.HasLimit ? request.Limit : null,
        Concurrency = request.Concurrency,
        ApplyChatTemplate = request.HasApplyChatTemplate ? request.ApplyChatTemplate : null,
        SystemInstruction = request.SystemInstruction.Length == 0 ? null : request.SystemInstruction,
        FewshotSeed = request.HasFewshotSeed ? request.FewshotSeed : null,
        FewshotAsMultiturn = request.HasFewshotAsMultiturn ? request.FewshotAsMultiturn : null,
        TaskFolder = request.TaskFolder.Length == 0 ? null : request.TaskFolder,
        DatasetsPath = request.DatasetsPath.Length == 0 ? null : request.DatasetsPath,
        OutputPath = request.OutputPath,
        Seed = request.Seed,
    };

    private sealed class ChannelProgress(ChannelWriter<EvaluationProgress> updates) : IProgress<EvaluationProgress>
    {
        public void Report(EvaluationProgress value) => updates.TryWrite(value);
    }

    private static Progress ToProgress(JobProgress progress) => new() { Activity = progress.Activity, Done = progress.Done, Total = progress.Total, Unit = progress.Unit };
}
