using Octet.Gateway.Routing;

namespace Octet.Gateway.Errors;

/// <summary>Why a path under a variant is not forwarded.</summary>
internal static class UnknownPath
{
    public static Task AnswerAsync(HttpContext context, string variant)
    {
        var path = context.Request.Path.Value![(variant.Length + 1)..];
        var allowed = AllowedPath.All.Where(entry => entry.Path.Equals(path.TrimEnd('/'), StringComparison.OrdinalIgnoreCase)).ToArray();
        if (allowed.Length == 0)
        {
            return ErrorReply.SendAsync(context, StatusCodes.Status404NotFound, "invalid_request_error", "path_not_forwarded",
                $"this path is not forwarded; these are: {string.Join(", ", AllowedPath.All.Select(entry => $"{entry.Method} /{variant}{entry.Path}"))}");
        }

        var methods = string.Join(", ", allowed.Select(entry => entry.Method));
        if (!methods.Contains(context.Request.Method, StringComparison.OrdinalIgnoreCase))
        {
            context.Response.Headers.Allow = methods;
            return ErrorReply.SendAsync(context, StatusCodes.Status405MethodNotAllowed, "invalid_request_error", "method_not_allowed", $"use {methods} on /{variant}{allowed[0].Path}");
        }

        return ErrorReply.SendAsync(context, StatusCodes.Status503ServiceUnavailable, "server_error", "server_not_there", $"there is no {variant} server now; it comes with the serve stage of a run");
    }
}
