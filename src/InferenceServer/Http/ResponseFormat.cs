using System.Text.Json;

namespace Octet.InferenceServer.Http;

/// <summary>The field <c>response_format</c>: this server writes free text only and says so, rather than to ignore a demand.</summary>
internal static class ResponseFormat
{
    public static void Check(RequestFields fields)
    {
        if (!fields.TryGet("response_format", out var format))
        {
            return;
        }

        if (format.ValueKind != JsonValueKind.Object || !format.TryGetProperty("type", out var type) || type.ValueKind != JsonValueKind.String)
        {
            throw ApiException.Invalid("response_format.type", "Field required", RequestFields.Show(format));
        }

        switch (type.GetString())
        {
            case "text":
                return;
            case "json_object" or "json_schema" or "structural_tag":
                throw ApiException.Bad($"response_format of type {type.GetString()} is not supported by this server. (parameter=response_format)", "response_format");
            default:
                throw ApiException.Invalid("response_format.type", "Input should be 'text', 'json_object' or 'json_schema'", RequestFields.Show(type));
        }
    }
}
