namespace Octet.InferenceServer.Http;

/// <summary>Name of a request in its answer: the client's own, by header or field, or a new one.</summary>
internal static class RequestId
{
    private const int MostCharacters = 256;

    public static string Of(HttpContext context, RequestFields fields, string prefix)
    {
        var given = context.Request.Headers["X-Request-Id"].ToString() is { Length: > 0 } header ? header : fields.Text("request_id");
        return prefix + (given is { Length: > 0 and <= MostCharacters } ? given : Guid.NewGuid().ToString("N")[..16]);
    }
}
