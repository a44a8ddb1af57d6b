using System.Text.Json;
using Octet.InferenceServer.Hosting;

namespace Octet.InferenceServer.Http;

/// <summary><c>POST /tokenize</c> and <c>POST /detokenize</c>.</summary>
public sealed class TokenizeEndpoints(ServedModel model)
{
    public Task TokenizeAsync(HttpContext context, JsonElement body)
    {
        var fields = new RequestFields(body);
        model.CheckName(fields);
        var ids = fields.TryGet("messages", out _)
            ? ChatPrompt.Read(fields, model).Ids
            : model.Tokenizer.Encode(fields.Text("prompt") ?? throw ApiException.Invalid("prompt", "Field required", ""), fields.Bool("add_special_tokens", otherwise: true));
        var strings = fields.Bool("return_token_strs");
        return JsonReply.SendAsync(context, 200, writer =>
        {
            writer.WriteStartObject();
            writer.WriteNumber("count", ids.Count);
            writer.WriteNumber("max_model_len", model.Engine.Info.MaxModelLen);
            CompletionEndpoint.WriteIds(writer, "tokens", ids);
            if (strings)
            {
                writer.WriteStartArray("token_strs");
                foreach (var id in ids)
                {
                    writer.WriteStringValue(model.Tokenizer.TokenPiece(id));
                }

                writer.WriteEndArray();
            }
            else
            {
                writer.WriteNull("token_strs");
            }

            writer.WriteEndObject();
        });
    }

    public Task DetokenizeAsync(HttpContext context, JsonElement body)
    {
        var fields = new RequestFields(body);
        model.CheckName(fields);
        var ids = fields.Ints("tokens") ?? throw ApiException.Invalid("tokens", "Field required", "");
        for (var i = 0; i < ids.Count; i++)
        {
            if (ids[i] < 0)
            {
                throw ApiException.Invalid($"tokens.{i}", "Input should be greater than or equal to 0", $"{ids[i]}");
            }
        }

        return JsonReply.SendAsync(context, 200, writer =>
        {
            writer.WriteStartObject();
            writer.WriteString("prompt", model.Tokenizer.Decode(ids, skipSpecialTokens: false));
            writer.WriteEndObject();
        });
    }
}
