using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Octet.InferenceServer.Http;

/// <summary>Writes JSON answers and server-sent events without intermediate strings.</summary>
public static class JsonReply
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    /// <summary>One JSON document as the whole answer.</summary>
    public static async Task SendAsync(HttpContext context, int status, Action<Utf8JsonWriter> write)
    {
        ArgumentNullException.ThrowIfNull(context);
        var body = Serialize(write, "", "");
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = body.WrittenCount;
        await context.Response.Body.WriteAsync(body.WrittenMemory, context.RequestAborted);
    }

    /// <summary>Opens an event stream.</summary>
    public static void StartEvents(HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        context.Response.StatusCode = 200;
        context.Response.ContentType = "text/event-stream; charset=utf-8";
        context.Response.Headers.CacheControl = "no-store";
    }

    /// <summary>One event, sent at once.</summary>
    public static async Task SendEventAsync(HttpContext context, Action<Utf8JsonWriter> write)
    {
        ArgumentNullException.ThrowIfNull(context);
        var body = Serialize(write, "data: ", "\n\n");
        await context.Response.Body.WriteAsync(body.WrittenMemory, context.RequestAborted);
        await context.Response.Body.FlushAsync(context.RequestAborted);
    }

    /// <summary>The event that ends a stream.</summary>
    public static async Task SendDoneAsync(HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        await context.Response.Body.WriteAsync("data: [DONE]\n\n"u8.ToArray(), context.RequestAborted);
        await context.Response.Body.FlushAsync(context.RequestAborted);
    }

    private static ArrayBufferWriter<byte> Serialize(Action<Utf8JsonWriter> write, string before, string after)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        buffer.Write(System.Text.Encoding.ASCII.GetBytes(before));
        using (var writer = new Utf8JsonWriter(buffer, Options))
        {
            write(writer);
        }

        buffer.Write(System.Text.Encoding.ASCII.GetBytes(after));
        return buffer;
    }
}
