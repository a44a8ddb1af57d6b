using System.Text.Json;
using System.Text.Json.Serialization;

namespace Octet.Gateway.Errors;

/// <summary>An error in OpenAI's shape: <c>{"error": {"message", "type", "param", "code"}}</c>.</summary>
internal static class ErrorReply
{
    public static async Task SendAsync(HttpContext context, int status, string type, string code, string message)
    {
        context.Response.StatusCode = status;
        await context.Response.WriteAsJsonAsync(new ErrorBody(new ErrorDetail(message, type, null, code)), ErrorJson.Default.ErrorBody, contentType: null, context.RequestAborted);
    }
}

internal sealed record ErrorBody(ErrorDetail Error);

internal sealed record ErrorDetail(string Message, string Type, string? Param, string Code);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(ErrorBody))]
internal sealed partial class ErrorJson : JsonSerializerContext;
