using Octet.Gateway.Access;
using Octet.Gateway.Errors;
using Octet.Gateway.Limits;
using Octet.Gateway.Metrics;

namespace Octet.Gateway.Routing;

/// <summary>What happens to a request whose path is listed, before and after it goes to its server.</summary>
internal sealed class ProxyStep(KeyCheck key, RequestLimits limits, GatewayMetrics metrics)
{
    public async Task InvokeAsync(HttpContext context, Func<Task> forward)
    {
        var route = context.GetRouteModel().Config;
        var (variant, isOpen) = (route.ClusterId!, route.Metadata![GatewayRoutes.OpenMetadata] == bool.TrueString);
        using var measured = metrics.Start(variant, route.Metadata[GatewayRoutes.PathMetadata], context.Response);

        // 1. Key: the client's ends here, the server gets its own.
        if (!isOpen && !key.Accepts(context.Request))
        {
            context.Response.Headers.WWWAuthenticate = "Bearer";
            await ErrorReply.SendAsync(context, StatusCodes.Status401Unauthorized, "invalid_request_error", "invalid_api_key", "the API key is missing or wrong; send the gateway's key as 'Authorization: Bearer KEY'");
            return;
        }

        key.Exchange(context.Request);

        // 2. Size and number of requests.
        if (!limits.FitsBody(context))
        {
            await ForwardFailure.BodyTooLargeAsync(context, limits.MaxRequestBodyBytes);
            return;
        }

        using var place = isOpen ? default : limits.TryEnter(variant);
        if (!isOpen && !place.Taken)
        {
            context.Response.Headers.RetryAfter = "1";
            await ErrorReply.SendAsync(context, StatusCodes.Status429TooManyRequests, "rate_limit_error", "rate_limit_exceeded", $"{limits.MaxConcurrentRequests} requests to the {variant} server are in flight already; try again later");
            return;
        }

        // 3. Forward, and say in one line why it failed.
        await forward();
        await ForwardFailure.ExplainAsync(context, variant, limits.MaxRequestBodyBytes);
    }
}
