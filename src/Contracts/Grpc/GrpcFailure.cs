using Grpc.Core;
using Octet.Contracts.Runs;

namespace Octet.Contracts.Grpc;

/// <summary>An expected failure on its way through gRPC: the status, and the kind in a trailer.</summary>
public static class GrpcFailure
{
    private const string KindTrailer = "octet-failure-kind";

    public static RpcException ToRpc(OctetException failure)
    {
        ArgumentNullException.ThrowIfNull(failure);
        var status = failure.Kind switch
        {
            FailureKind.Usage => StatusCode.InvalidArgument,
            FailureKind.Model or FailureKind.Artifact or FailureKind.Dataset or FailureKind.Measurement => StatusCode.FailedPrecondition,
            FailureKind.Server or FailureKind.BackendUnavailable => StatusCode.Unavailable,
            FailureKind.ResourceBusy or FailureKind.Storage => StatusCode.ResourceExhausted,
            _ => StatusCode.Internal,
        };
        return new RpcException(new Status(status, failure.Message), new Metadata { { KindTrailer, failure.Kind.ToString() } });
    }

    /// <summary>The failure that a service sent, or Server for a broken connection.</summary>
    public static OctetException FromRpc(RpcException exception, string service)
    {
        ArgumentNullException.ThrowIfNull(exception);
        var kind = Enum.TryParse<FailureKind>(exception.Trailers.GetValue(KindTrailer), out var named) ? named
            : exception.StatusCode is StatusCode.Unavailable or StatusCode.DeadlineExceeded ? FailureKind.Server
            : FailureKind.Internal;
        var message = exception.Status.Detail.Length > 0 ? exception.Status.Detail : $"{service} answered {exception.StatusCode}";
        return new OctetException(kind, exception.Trailers.GetValue(KindTrailer) is null ? $"{service}: {message}" : message, exception);
    }
}
