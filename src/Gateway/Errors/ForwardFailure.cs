using Yarp.ReverseProxy.Forwarder;

namespace Octet.Gateway.Errors;

/// <summary>Why a request that was forwarded has no answer of its server.</summary>
internal static class ForwardFailure
{
    /// <summary>Writes the reason as long as nothing of an answer was sent. A client that went away gets nothing.</summary>
    public static Task ExplainAsync(HttpContext context, string variant, long maxBody)
    {
        if (context.GetForwarderErrorFeature() is not { } failure || context.Response.HasStarted || context.RequestAborted.IsCancellationRequested)
        {
            return Task.CompletedTask;
        }

        if (Causes(failure.Exception).OfType<BadHttpRequestException>().FirstOrDefault() is { } bad)
        {
            return bad.StatusCode == StatusCodes.Status413PayloadTooLarge
                ? BodyTooLargeAsync(context, maxBody)
                : ErrorReply.SendAsync(context, bad.StatusCode, "invalid_request_error", "bad_request", bad.Message);
        }

        return failure.Error switch
        {
            ForwarderError.RequestTimedOut => ErrorReply.SendAsync(context, StatusCodes.Status504GatewayTimeout, "server_error", "server_timeout", $"the {variant} server was silent for too long"),
            ForwarderError.NoAvailableDestinations => ErrorReply.SendAsync(context, StatusCodes.Status503ServiceUnavailable, "server_error", "server_not_there", $"there is no {variant} server now"),
            _ => ErrorReply.SendAsync(context, StatusCodes.Status502BadGateway, "server_error", "server_unreachable", $"the {variant} server does not answer ({Causes(failure.Exception).LastOrDefault()?.Message ?? failure.Error.ToString()}); is it running?"),
        };
    }

    public static Task BodyTooLargeAsync(HttpContext context, long maxBody) =>
        ErrorReply.SendAsync(context, StatusCodes.Status413PayloadTooLarge, "invalid_request_error", "request_too_large", $"the request body is longer than {maxBody} bytes (Gateway:MaxRequestBodyBytes)");

    private static IEnumerable<Exception> Causes(Exception? exception)
    {
        for (; exception is not null; exception = exception.InnerException)
        {
            yield return exception;
        }
    }
}
