using Grpc.Core;
using Octet.Contracts.Backends.V1;
using Octet.Contracts.Evaluator.V1;
using Octet.Contracts.Grpc;
using Octet.Contracts.LoadTester.V1;
using Octet.Contracts.Quantizer.V1;
using Octet.Contracts.Results;
using Octet.Contracts.Runs;
using Octet.Jobs.Backends;

namespace Octet.Pipeline.Backends;

/// <summary>Decides who does the work of each stage: what the spec says, and for <c>auto</c> a Python worker where a live one announces itself.</summary>
public sealed class BackendChooser(
    QuantizerService.QuantizerServiceClient quantizer,
    EvaluatorService.EvaluatorServiceClient evaluator,
    LoadTesterService.LoadTesterServiceClient loadTester)
{
    /// <summary>One choice for each of quantize, evaluate and load.</summary>
    /// <exception cref="OctetException">Kind BackendUnavailable: the spec asks for python and no such worker lives.</exception>
    public async Task<IReadOnlyDictionary<string, BackendChoice>> ChooseAsync(RunSpec spec, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(spec);
        return new Dictionary<string, BackendChoice>(StringComparer.Ordinal)
        {
            [StageNames.Quantize] = await ChooseAsync(WorkBackends.Quantize, "quantizer", spec.Quantize.Backend, quantizer.ListBackendsAsync, cancellationToken),
            [StageNames.Evaluate] = await ChooseAsync(WorkBackends.Evaluate, "evaluator", spec.Evaluate.Backend, evaluator.ListBackendsAsync, cancellationToken),
            [StageNames.Load] = await ChooseAsync(WorkBackends.Load, "load tester", spec.Load.Backend, loadTester.ListBackendsAsync, cancellationToken),
        };
    }

    private static async Task<BackendChoice> ChooseAsync(
        WorkBackends backends, string service, string asked, Func<ListBackendsRequest, CallOptions, AsyncUnaryCall<ListBackendsResponse>> list, CancellationToken cancellationToken)
    {
        if (asked == WorkBackends.Native)
        {
            return new BackendChoice { Asked = asked, Backend = WorkBackends.Native, Versions = new Dictionary<string, string>() };
        }

        try
        {
            var found = await list(new ListBackendsRequest(), new CallOptions(cancellationToken: cancellationToken));
            var live = found.Backends.FirstOrDefault(backend => backend.Name == backends.Python)?.Workers.OrderBy(worker => worker.Name, StringComparer.Ordinal).FirstOrDefault();
            return live is not null ? new BackendChoice { Asked = asked, Backend = backends.Python, Versions = new SortedDictionary<string, string>(live.Versions, StringComparer.Ordinal) }
                : asked == "auto" ? new BackendChoice { Asked = asked, Backend = WorkBackends.Native, Versions = new Dictionary<string, string>() }
                : throw backends.Missing();
        }
        catch (RpcException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw GrpcFailure.FromRpc(exception, service);
        }
    }
}
