using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Octet.InferenceServer.Hosting;

namespace Octet.InferenceServer.Http;

/// <summary>All routes of a server, with vLLM's answers for unknown ones, wrong methods and wrong keys.</summary>
public static class Routes
{
    private const long MostBodyBytes = 64L << 20;

    public static void MapOpenAi(this WebApplication app, ServedModel model, string? apiKey)
    {
        ArgumentNullException.ThrowIfNull(app);
        app.UseStatusCodePages(async status => await DetailAsync(status.HttpContext));
        if (apiKey is not null)
        {
            var expected = SHA256.HashData(Encoding.UTF8.GetBytes(apiKey));
            app.Use((context, next) => IsOpen(context) || HasKey(context, expected) ? next(context) : UnauthorizedAsync(context));
        }

        var completions = new CompletionEndpoint(model);
        var chat = new ChatEndpoint(model);
        var tokenize = new TokenizeEndpoints(model);
        var info = new InfoEndpoints(model);
        app.MapPost("/v1/completions", context => WithBodyAsync(context, completions.HandleAsync));
        app.MapPost("/v1/chat/completions", context => WithBodyAsync(context, chat.HandleAsync));
        app.MapPost("/tokenize", context => WithBodyAsync(context, tokenize.TokenizeAsync));
        app.MapPost("/detokenize", context => WithBodyAsync(context, tokenize.DetokenizeAsync));
        app.MapGet("/v1/models", info.ModelsAsync);
        app.MapGet("/version", InfoEndpoints.VersionAsync);
        app.MapGet("/load", info.LoadAsync);
        app.MapGet("/metrics", info.MetricsAsync);
        app.MapGet("/octet/config", info.ConfigAsync);
        app.MapGet("/health", static () => Results.StatusCode(200));
        app.MapMethods("/ping", ["GET", "POST"], static () => Results.StatusCode(200));
    }

    private static bool IsOpen(HttpContext context) =>
        !context.Request.Path.StartsWithSegments("/v1") && !context.Request.Path.StartsWithSegments("/v2") && !context.Request.Path.StartsWithSegments("/inference");

    private static bool HasKey(HttpContext context, byte[] expected)
    {
        var parts = context.Request.Headers.Authorization.ToString().Split(' ', 2);
        return parts is [var scheme, var key] && scheme.Equals("Bearer", StringComparison.OrdinalIgnoreCase)
            && CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(key)), expected);
    }

    private static Task UnauthorizedAsync(HttpContext context)
    {
        context.Response.StatusCode = 401;
        return JsonReply.SendAsync(context, 401, writer =>
        {
            writer.WriteStartObject();
            writer.WriteString("error", "Unauthorized");
            writer.WriteEndObject();
        });
    }

    private static Task DetailAsync(HttpContext context) => JsonReply.SendAsync(context, context.Response.StatusCode, writer =>
    {
        writer.WriteStartObject();
        writer.WriteString("detail", context.Response.StatusCode switch
        {
            404 => "Not Found",
            405 => "Method Not Allowed",
            413 => "Request Entity Too Large",
            415 => "Unsupported Media Type",
            var status => $"status {status}",
        });
        writer.WriteEndObject();
    });

    private static async Task WithBodyAsync(HttpContext context, Func<HttpContext, JsonElement, Task> handle)
    {
        try
        {
            using var body = await ReadAsync(context);
            await handle(context, body.RootElement);
        }
        catch (ApiException error) when (!context.Response.HasStarted)
        {
            await JsonReply.SendAsync(context, error.Status, error.Write);
        }
        catch (ArgumentException refused) when (!context.Response.HasStarted)
        {
            await JsonReply.SendAsync(context, 400, ApiException.Bad(refused.Message).Write);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client went away; its sequences are cancelled already.
        }
    }

    private static async Task<JsonDocument> ReadAsync(HttpContext context)
    {
        if (context.Request.ContentLength > MostBodyBytes)
        {
            throw new ApiException(413, "BadRequestError", null, $"the request body has more than {MostBodyBytes} bytes");
        }

        try
        {
            return await JsonDocument.ParseAsync(context.Request.Body, new JsonDocumentOptions { MaxDepth = 64 }, context.RequestAborted);
        }
        catch (JsonException error)
        {
            throw new ApiException(400, "Bad Request", "body", $"1 validation error:\n  {{'type': 'json_invalid', 'loc': 'body', 'msg': 'JSON decode error', 'ctx': {{'error': '{error.Message}'}}}}");
        }
    }
}
