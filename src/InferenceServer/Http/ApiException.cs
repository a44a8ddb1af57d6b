using System.Text.Json;

namespace Octet.InferenceServer.Http;

/// <summary>A request that cannot be served, in vLLM's form: status, type, parameter, message.</summary>
public sealed class ApiException(int status, string type, string? param, string message) : Exception(message)
{
    public int Status { get; } = status;

    public string Type { get; } = type;

    public string? Param { get; } = param;

    /// <summary>A value out of range: 400 BadRequestError.</summary>
    public static ApiException Bad(string message, string? param = null) => new(400, "BadRequestError", param, message);

    /// <summary>A field of the wrong type, as vLLM's request validation answers.</summary>
    public static ApiException Invalid(string field, string message, string input) =>
        new(400, "Bad Request", "body." + field, $"1 validation error:\n  {{'loc': 'body.{field}', 'msg': '{message}', 'input': '{input}'}}");

    public static ApiException NotFound(string model, string served) =>
        new(404, "NotFoundError", "model", $"The model `{model}` does not exist. Valid aliases: {served}.");

    /// <summary>The waiting queue is full.</summary>
    public static ApiException Busy(string message) => new(429, "TooManyRequestsError", null, message + "; try again later");

    public static ApiException Failed(string message) => new(500, "InternalServerError", null, message);

    public void Write(Utf8JsonWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStartObject();
        writer.WriteStartObject("error");
        writer.WriteString("message", Message);
        writer.WriteString("type", Type);
        writer.WriteString("param", Param);
        writer.WriteNumber("code", Status);
        writer.WriteEndObject();
        writer.WriteEndObject();
    }
}
