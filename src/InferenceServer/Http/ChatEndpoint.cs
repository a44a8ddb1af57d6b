using System.Text.Json;
using Octet.Inference;
using Octet.InferenceServer.Hosting;
using Octet.InferenceServer.Metrics;

namespace Octet.InferenceServer.Http;

/// <summary><c>POST /v1/chat/completions</c>.</summary>
public sealed class ChatEndpoint(ServedModel model)
{
    public async Task HandleAsync(HttpContext context, JsonElement body)
    {
        ArgumentNullException.ThrowIfNull(context);
        var fields = new RequestFields(body);
        model.CheckName(fields);
        var top = fields.Bool("logprobs") ? fields.Int("top_logprobs") ?? 0 : (int?)null;
        if (top is null && fields.Int("top_logprobs") is not null and not 0)
        {
            throw ApiException.Bad("when using `top_logprobs`, `logprobs` must be set to true. (parameter=top_logprobs)", "top_logprobs");
        }

        var echo = fields.Bool("echo");
        var maxTokens = fields.Int("max_completion_tokens") ?? fields.Int("max_tokens");
        var request = SamplingReader.Read(fields, maxTokens, top, fields.Int("prompt_logprobs") ?? (echo ? fields.Int("top_logprobs") ?? 0 : null), model);
        var prompt = ChatPrompt.Read(fields, model);
        PromptLength.Check(prompt.Ids.Count, model.Engine.Info.MaxModelLen, fromText: true);
        var id = RequestId.Of(context, fields, "chatcmpl-");
        var call = new Call(id, model.Time.GetUtcNow().ToUnixTimeSeconds(), request, top, prompt.Role, echo ? prompt.LastContent : null, Generation.Submit(model, id, [prompt.Ids], request));
        if (request.Stream)
        {
            await StreamAsync(context, call);
        }
        else
        {
            await ReplyAsync(context, call);
        }
    }

    private async Task ReplyAsync(HttpContext context, Call call)
    {
        var choices = await Task.WhenAll(call.Generations.Select(generation => CollectAsync(generation, context.RequestAborted)));
        await JsonReply.SendAsync(context, 200, writer =>
        {
            StartBody(writer, call, "chat.completion");
            writer.WriteStartArray("choices");
            foreach (var (generation, text, ids, logprobs, finish) in choices)
            {
                writer.WriteStartObject();
                writer.WriteNumber("index", generation.Index);
                WriteMessage(writer, call.Role, (call.Echo ?? "") + text);
                LogprobWriter.WriteChat(writer, model, call.Top is null ? null : logprobs, call.Top ?? 0, call.Request.TokensAsIds);
                writer.WriteString("finish_reason", ServerMetrics.Name(finish));
                CompletionEndpoint.WriteStopReason(writer, generation);
                CompletionEndpoint.WriteIds(writer, "token_ids", call.Request.ReturnTokenIds ? ids : null);
                writer.WriteNull("routed_experts");
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
            writer.WriteNull("service_tier");
            writer.WriteString("system_fingerprint", "octet-" + ServedModel.Version);
            CompletionEndpoint.WriteUsage(writer, call.Generations, UsageDetail.All, model.EnablePromptTokensDetails);
            LogprobWriter.WritePrompt(writer, model, call.Generations[0].PromptLogprobs);
            CompletionEndpoint.WriteIds(writer, "prompt_token_ids", call.Request.ReturnTokenIds ? call.Generations[0].PromptIds : null);
            foreach (var name in (ReadOnlySpan<string>)["prompt_text", "kv_transfer_params", "ec_transfer_params", "metrics"])
            {
                writer.WriteNull(name);
            }

            writer.WriteEndObject();
        });
    }

    private static async Task<(Generation Generation, string Text, List<int> Ids, List<PositionLogprobs> Logprobs, FinishReason Finish)> CollectAsync(Generation generation, CancellationToken cancellationToken)
    {
        var (text, ids, logprobs, finish) = ("", new List<int>(), new List<PositionLogprobs>(), FinishReason.Abort);
        await foreach (var step in generation.RunAsync(cancellationToken))
        {
            text += step.Text;
            ids.AddRange(step.TokenIds);
            logprobs.AddRange(step.Logprobs ?? []);
            finish = step.Finish ?? finish;
        }

        return (generation, text, ids, logprobs, finish);
    }

    private async Task StreamAsync(HttpContext context, Call call)
    {
        JsonReply.StartEvents(context);
        try
        {
            foreach (var generation in call.Generations)
            {
                await JsonReply.SendEventAsync(context, writer => WriteRole(writer, call, generation));
            }

            if (call.Echo is { Length: > 0 })
            {
                foreach (var generation in call.Generations)
                {
                    await JsonReply.SendEventAsync(context, writer => WriteEcho(writer, call, generation));
                }
            }

            await foreach (var (generation, step) in GenerationMerge.RunAsync(call.Generations, context.RequestAborted))
            {
                await JsonReply.SendEventAsync(context, writer => WriteDelta(writer, call, generation, step));
            }

            if (call.Request.IncludeUsage)
            {
                await JsonReply.SendEventAsync(context, writer => WriteFinalUsage(writer, call));
            }
        }
        catch (ApiException error)
        {
            await JsonReply.SendEventAsync(context, error.Write);
        }

        await JsonReply.SendDoneAsync(context);
    }

    private void WriteRole(Utf8JsonWriter writer, Call call, Generation generation)
    {
        StartBody(writer, call, "chat.completion.chunk");
        writer.WriteStartArray("choices");
        writer.WriteStartObject();
        writer.WriteNumber("index", generation.Index);
        writer.WriteStartObject("delta");
        writer.WriteString("role", call.Role);
        writer.WriteString("content", "");
        writer.WriteEndObject();
        writer.WriteNull("logprobs");
        writer.WriteNull("finish_reason");
        writer.WriteEndObject();
        writer.WriteEndArray();
        WriteContinuousUsage(writer, call, generation);
        CompletionEndpoint.WriteIds(writer, "prompt_token_ids", call.Request.ReturnTokenIds ? generation.PromptIds : null);
        writer.WriteNull("prompt_text");
        writer.WriteEndObject();
    }

    private void WriteEcho(Utf8JsonWriter writer, Call call, Generation generation)
    {
        StartBody(writer, call, "chat.completion.chunk");
        writer.WriteStartArray("choices");
        writer.WriteStartObject();
        writer.WriteNumber("index", generation.Index);
        writer.WriteStartObject("delta");
        writer.WriteString("content", call.Echo);
        writer.WriteEndObject();
        writer.WriteNull("logprobs");
        writer.WriteNull("finish_reason");
        writer.WriteEndObject();
        writer.WriteEndArray();
        WriteContinuousUsage(writer, call, generation);
        writer.WriteEndObject();
    }

    private void WriteDelta(Utf8JsonWriter writer, Call call, Generation generation, GenerationStep step)
    {
        StartBody(writer, call, "chat.completion.chunk");
        writer.WriteStartArray("choices");
        writer.WriteStartObject();
        writer.WriteNumber("index", generation.Index);
        writer.WriteStartObject("delta");
        writer.WriteString("content", step.Text);
        writer.WriteEndObject();
        LogprobWriter.WriteChat(writer, model, call.Top is null ? null : step.Logprobs, call.Top ?? 0, call.Request.TokensAsIds);
        writer.WriteString("finish_reason", step.Finish is { } finish ? ServerMetrics.Name(finish) : null);
        if (step.Finish is not null)
        {
            CompletionEndpoint.WriteStopReason(writer, generation);
        }

        CompletionEndpoint.WriteIds(writer, "token_ids", call.Request.ReturnTokenIds ? step.TokenIds : null);
        writer.WriteEndObject();
        writer.WriteEndArray();
        WriteContinuousUsage(writer, call, generation);

        // The fingerprint stands in the last event: the one with the usage where there is one.
        if (step.Finish is not null && !call.Request.IncludeUsage)
        {
            writer.WriteString("system_fingerprint", "octet-" + ServedModel.Version);
        }

        writer.WriteEndObject();
    }

    private void WriteFinalUsage(Utf8JsonWriter writer, Call call)
    {
        StartBody(writer, call, "chat.completion.chunk");
        writer.WriteStartArray("choices");
        writer.WriteEndArray();
        CompletionEndpoint.WriteUsage(writer, call.Generations, UsageDetail.None, model.EnablePromptTokensDetails);
        writer.WriteString("system_fingerprint", "octet-" + ServedModel.Version);
        writer.WriteEndObject();
    }

    private static void WriteContinuousUsage(Utf8JsonWriter writer, Call call, Generation generation)
    {
        if (call.Request.ContinuousUsage)
        {
            CompletionEndpoint.WriteUsage(writer, [generation], UsageDetail.Completion);
        }
    }

    private static void WriteMessage(Utf8JsonWriter writer, string role, string content)
    {
        writer.WriteStartObject("message");
        writer.WriteString("role", role);
        writer.WriteString("content", content);
        foreach (var name in (ReadOnlySpan<string>)["refusal", "annotations", "audio", "function_call", "reasoning"])
        {
            writer.WriteNull(name);
        }

        writer.WriteEndObject();
    }

    private void StartBody(Utf8JsonWriter writer, Call call, string kind)
    {
        writer.WriteStartObject();
        writer.WriteString("id", call.Id);
        writer.WriteString("object", kind);
        writer.WriteNumber("created", call.Created);
        writer.WriteString("model", model.Name);
    }

    private sealed record Call(string Id, long Created, GenerationRequest Request, int? Top, string Role, string? Echo, IReadOnlyList<Generation> Generations);
}
