using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Octet.InferenceServer.Http;

/// <summary>Reads the JSON of a request, with vLLM's answers to what is not JSON.</summary>
internal static partial class RequestBody
{
    /// <summary>Largest body in bytes.</summary>
    public const long MostBytes = 64L << 20;
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = 64 };
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <exception cref="ApiException">The body is too large, of another type, empty or not JSON.</exception>
    /// <exception cref="DecoderFallbackException">The body is not UTF-8.</exception>
    public static async Task<JsonDocument> ReadAsync(HttpContext context)
    {
        if (context.Request.ContentLength > MostBytes)
        {
            throw new ApiException(413, "BadRequestError", null, $"the request body has more than {MostBytes} bytes");
        }

        if (!context.Request.HasJsonContentType())
        {
            throw new ApiException(400, "Bad Request", null, "1 validation error:\n  Unsupported Media Type: Only 'application/json' is allowed");
        }

        using var reader = new StreamReader(context.Request.Body, Strict, detectEncodingFromByteOrderMarks: false);
        var text = await reader.ReadToEndAsync(context.RequestAborted);
        var document = Parse(text);
        if (document.RootElement.ValueKind == JsonValueKind.Null)
        {
            document.Dispose();
            throw Missing();
        }

        return document;
    }

    private static JsonDocument Parse(string text)
    {
        if (text.Length == 0)
        {
            throw Missing();
        }

        try
        {
            return JsonDocument.Parse(text, Options);
        }
        catch (JsonException error)
        {
            return ParseNumbersOfPython(text) ?? throw Malformed(text, error);
        }
    }

    /// <summary>Python writes numbers that are none as NaN and Infinity. As texts they reach the check of their field.</summary>
    private static JsonDocument? ParseNumbersOfPython(string text)
    {
        try
        {
            var quoted = NotFinite().Replace(text, match => match.Groups[1].Success ? $"\"{match.Groups[1].Value}\"" : match.Value);
            return quoted == text ? null : JsonDocument.Parse(quoted, Options);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static ApiException Missing() =>
        new(400, "Bad Request", "body", "1 validation error:\n  {'type': 'missing', 'loc': 'body', 'msg': 'Field required', 'input': 'None'}");

    private static ApiException Malformed(string text, JsonException error)
    {
        var position = Position(text, error);
        return new ApiException(400, "Bad Request", $"body.{position}", $"1 validation error:\n  {{'type': 'json_invalid', 'loc': 'body.{position}', 'msg': 'JSON decode error', 'input': '<dict of 0 items>', 'ctx': {{'error': 'Expecting value'}}}}");
    }

    /// <summary>Characters before the error.</summary>
    private static int Position(string text, JsonException error)
    {
        var lines = text.Split('\n');
        var line = (int)Math.Clamp(error.LineNumber ?? 0, 0, lines.Length - 1);
        var bytes = Encoding.UTF8.GetBytes(lines[line]);
        var within = Encoding.UTF8.GetCharCount(bytes, 0, (int)Math.Clamp(error.BytePositionInLine ?? 0, 0, bytes.Length));
        return lines.Take(line).Sum(before => before.Length + 1) + within;
    }

    /// <summary>A text, which is skipped, or a bare NaN or Infinity.</summary>
    [GeneratedRegex(@"""(?:[^""\\]|\\.)*""|(-?Infinity|NaN)", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking, 5000)]
    private static partial Regex NotFinite();
}
