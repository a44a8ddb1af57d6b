using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Octet.InferenceServer.Hosting;

namespace Octet.InferenceServer.Http;

/// <summary>All routes of a server, with vLLM's answers for unknown ones, wrong methods and wrong keys.</summary>
public static class Routes
{
    private static readonly HashSet<string> Paths = new(StringComparer.Ordinal)
    {
        "/v1/completions", "/v1/chat/completions", "/tokenize", "/detokenize", "/v1/models", "/version", "/load", "/health", "/ping",
    };

    public static void MapOpenAi(this WebApplication app, ServedModel model, string? apiKey)
    {
        ArgumentNullException.ThrowIfNull(app);
        var info = new InfoEndpoints(model);
        app.UseStatusCodePages(async status => await DetailAsync(status.HttpContext, status.HttpContext.Response.StatusCode, null));
        app.Use(WithoutTrailingSlashAsync);
        app.Use((context, next) => HttpMethods.IsGet(context.Request.Method) && context.Request.Path.Value is { } path && path.StartsWith("/metrics", StringComparison.Ordinal) ? info.MetricsAsync(context) : next(context));
        if (apiKey is not null)
        {
            var expected = SHA256.HashData(Encoding.UTF8.GetBytes(apiKey));
            app.Use((context, next) => IsOpen(context) || HasKey(context, expected) ? next(context) : UnauthorizedAsync(context));
        }

        var completions = new CompletionEndpoint(model);
        var chat = new ChatEndpoint(model);
        var tokenize = new TokenizeEndpoints(model);
        app.MapPost("/v1/completions", context => WithBodyAsync(context, completions.HandleAsync));
        app.MapPost("/v1/chat/completions", context => WithBodyAsync(context, chat.HandleAsync));
        app.MapPost("/tokenize", context => WithBodyAsync(context, tokenize.TokenizeAsync));
        app.MapPost("/detokenize", context => WithBodyAsync(context, tokenize.DetokenizeAsync));
        app.MapGet("/v1/models", info.ModelsAsync);
        app.MapGet("/version", InfoEndpoints.VersionAsync);
        app.MapGet("/load", info.LoadAsync);
        app.MapGet("/octet/config", info.ConfigAsync);
        app.MapGet("/health", static () => Results.StatusCode(200));

        // As every service has it. Not the default endpoints of the services: vLLM's own /health has no body, and its /metrics other names.
        app.MapGet("/alive", static () => "Healthy");
        app.MapMethods("/ping", ["GET", "POST"], static () => Results.StatusCode(200));
    }

    private static bool IsOpen(HttpContext context) => HttpMethods.IsOptions(context.Request.Method) ||
        (!context.Request.Path.StartsWithSegments("/v1") && !context.Request.Path.StartsWithSegments("/v2") && !context.Request.Path.StartsWithSegments("/inference"));

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

    private static Task DetailAsync(HttpContext context, int status, string? detail) => JsonReply.SendAsync(context, status, writer =>
    {
        writer.WriteStartObject();
        writer.WriteString("detail", detail ?? status switch
        {
            404 => "Not Found",
            405 => "Method Not Allowed",
            413 => "Request Entity Too Large",
            415 => "Unsupported Media Type",
            _ => $"status {status}",
        });
        writer.WriteEndObject();
    });

    /// <summary>A known path with a slash behind it is sent on to the path without.</summary>
    private static Task WithoutTrailingSlashAsync(HttpContext context, RequestDelegate next)
    {
        var path = context.Request.Path.Value;
        if (path is not { Length: > 1 } || path[^1] != '/' || !Paths.Contains(path[..^1]))
        {
            return next(context);
        }

        context.Response.StatusCode = 307;
        context.Response.Headers.Location = $"{context.Request.Scheme}://{context.Request.Host}{path[..^1]}{context.Request.QueryString}";
        return Task.CompletedTask;
    }

    private static async Task WithBodyAsync(HttpContext context, Func<HttpContext, JsonElement, Task> handle)
    {
        try
        {
            using var body = await RequestBody.ReadAsync(context);
            await handle(context, body.RootElement);
        }
        catch (ApiException error) when (!context.Response.HasStarted)
        {
            await JsonReply.SendAsync(context, error.Status, error.Write);
        }
        catch (DecoderFallbackException) when (!context.Response.HasStarted)
        {
            await DetailAsync(context, 400, "There was an error parsing the body");
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
}
