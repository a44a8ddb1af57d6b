using System.Text.Json;
using Octet.Inference;
using Octet.InferenceServer.Hosting;
using Octet.InferenceServer.Metrics;

namespace Octet.InferenceServer.Http;

/// <summary><c>POST /v1/completions</c>.</summary>
public sealed class CompletionEndpoint(ServedModel model)
{
    public async Task HandleAsync(HttpContext context, JsonElement body)
    {
        ArgumentNullException.ThrowIfNull(context);
        var fields = new RequestFields(body);
        model.CheckName(fields);
        if (fields.TryGet("suffix", out _))
        {
            throw ApiException.Bad("suffix is only supported for models with FIM completion rendering", "suffix");
        }

        var call = Read(fields, RequestId.Of(context, fields, "cmpl-"));
        var addSpecial = fields.Bool("add_special_tokens", otherwise: true);
        var limit = model.Engine.Info.MaxModelLen;
        var fromText = false;
        var prompts = PromptReader.Read(fields, model.Engine.Model.VocabSize, text =>
        {
            fromText = true;
            return model.Tokenizer.Encode(text, addSpecial);
        }).Select(prompt => PromptLength.Truncate(fields, prompt, limit)).ToList();
        prompts.ForEach(prompt => PromptLength.Check(prompt.Count, limit, fromText));
        call.Generations = Generation.Submit(model, call.Id, prompts, call.Request);
        if (call.Request.Stream)
        {
            await StreamAsync(context, call);
        }
        else
        {
            await ReplyAsync(context, call);
        }
    }

    private Call Read(RequestFields fields, string id)
    {
        var echo = fields.Bool("echo");
        var maxTokens = fields.Int("max_tokens") ?? 16;
        var logprobs = fields.Int("logprobs");
        var byId = fields.Ints("logprob_token_ids");
        if (byId is not null && byId.Any(id => (uint)id >= (uint)model.Engine.Model.VocabSize))
        {
            throw ApiException.Bad("an id of logprob_token_ids is out of vocabulary", "logprob_token_ids");
        }

        var request = SamplingReader.Read(fields, echo && maxTokens == 0 ? 1 : maxTokens, logprobs ?? (byId is null ? null : 0), fields.Int("prompt_logprobs") ?? (echo ? logprobs : null), model);
        return new Call(id, model.Time.GetUtcNow().ToUnixTimeSeconds(), request, echo, echo && maxTokens == 0, logprobs is not null, byId);
    }

    private async Task ReplyAsync(HttpContext context, Call call)
    {
        var choices = await Task.WhenAll(call.Generations.Select(generation => CollectAsync(generation, context.RequestAborted)));
        await JsonReply.SendAsync(context, 200, writer =>
        {
            StartBody(writer, call);
            writer.WriteStartArray("choices");
            foreach (var choice in choices)
            {
                WriteChoice(writer, call, choice);
            }

            writer.WriteEndArray();
            writer.WriteNull("service_tier");
            writer.WriteString("system_fingerprint", "octet-" + ServedModel.Version);
            WriteUsage(writer, call.Generations, UsageDetail.All, model.EnablePromptTokensDetails);
            writer.WriteNull("kv_transfer_params");
            writer.WriteNull("ec_transfer_params");
            writer.WriteNull("metrics");
            writer.WriteEndObject();
        });
    }

    private static async Task<Choice> CollectAsync(Generation generation, CancellationToken cancellationToken)
    {
        var choice = new Choice(generation);
        await foreach (var step in generation.RunAsync(cancellationToken))
        {
            choice.Text += step.Text;
            choice.Ids.AddRange(step.TokenIds);
            choice.Logprobs.AddRange(step.Logprobs ?? []);
            choice.Finish = step.Finish ?? choice.Finish;
        }

        return choice;
    }

    private void WriteChoice(Utf8JsonWriter writer, Call call, Choice choice)
    {
        var generation = choice.Generation;
        writer.WriteStartObject();
        writer.WriteNumber("index", generation.Index);
        writer.WriteString("text", (call.Echo ? PromptText(generation) : "") + (call.EchoOnly ? "" : choice.Text));
        WriteLogprobs(writer, call, generation, call.EchoOnly ? [] : choice.Ids, choice.Logprobs, call.Echo, 0);
        writer.WriteString("finish_reason", choice.Finish is { } finish ? ServerMetrics.Name(finish) : null);
        WriteStopReason(writer, generation);
        WriteIds(writer, "token_ids", call.Request.ReturnTokenIds ? choice.Ids : null);
        LogprobWriter.WritePrompt(writer, model, generation.PromptLogprobs);
        WriteIds(writer, "prompt_token_ids", call.Request.ReturnTokenIds ? generation.PromptIds : null);
        if (call.ById is { } ids)
        {
            LogprobWriter.WriteByTokenId(writer, choice.Logprobs, ids);
        }

        writer.WriteNull("routed_experts");
        writer.WriteEndObject();
    }

    private async Task StreamAsync(HttpContext context, Call call)
    {
        JsonReply.StartEvents(context);
        var begun = new HashSet<int>();
        var offsets = new int[call.Generations.Count];
        try
        {
            await foreach (var (generation, step) in GenerationMerge.RunAsync(call.Generations, context.RequestAborted))
            {
                var first = begun.Add(generation.Index);
                var shown = call.EchoOnly ? step with { Text = "", TokenIds = [], Logprobs = [] } : step;
                shown = call.Echo && first ? shown with { Text = PromptText(generation) + shown.Text } : shown;
                await JsonReply.SendEventAsync(context, writer => offsets[generation.Index] = WriteEvent(writer, call, generation, shown, first, offsets[generation.Index]));
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

    private int WriteEvent(Utf8JsonWriter writer, Call call, Generation generation, GenerationStep step, bool first, int offset)
    {
        StartBody(writer, call);
        writer.WriteStartArray("choices");
        writer.WriteStartObject();
        writer.WriteNumber("index", generation.Index);
        writer.WriteString("text", step.Text);
        offset = WriteLogprobs(writer, call, generation, step.TokenIds, step.Logprobs ?? [], call.Echo && first, offset);
        writer.WriteString("finish_reason", step.Finish is { } reason ? ServerMetrics.Name(reason) : null);
        WriteStopReason(writer, generation, step.Finish);
        WriteIds(writer, "prompt_token_ids", first && (call.Echo || call.Request.ReturnTokenIds) ? generation.PromptIds : null);
        WriteIds(writer, "token_ids", call.Request.ReturnTokenIds ? step.TokenIds : null);
        writer.WriteEndObject();
        writer.WriteEndArray();
        if (call.Request.ContinuousUsage)
        {
            WriteUsage(writer, [generation], UsageDetail.None);
        }

        // The fingerprint stands in the last event: the one with the usage where there is one.
        if (step.Finish is not null && !call.Request.IncludeUsage)
        {
            writer.WriteString("system_fingerprint", "octet-" + ServedModel.Version);
        }

        writer.WriteEndObject();
        return offset;
    }

    private void WriteFinalUsage(Utf8JsonWriter writer, Call call)
    {
        StartBody(writer, call);
        writer.WriteStartArray("choices");
        writer.WriteEndArray();
        WriteUsage(writer, call.Generations, UsageDetail.None, model.EnablePromptTokensDetails);
        writer.WriteString("system_fingerprint", "octet-" + ServedModel.Version);
        writer.WriteEndObject();
    }

    private int WriteLogprobs(Utf8JsonWriter writer, Call call, Generation generation, IReadOnlyList<int> ids, IReadOnlyList<PositionLogprobs> logprobs, bool prompt, int offset)
    {
        if (!call.Logprobs)
        {
            writer.WriteNull("logprobs");
            return offset;
        }

        var tokens = new List<(int, PositionLogprobs?)>();
        if (prompt)
        {
            tokens.AddRange(generation.PromptIds.Select((id, i) => (id, generation.PromptLogprobs?[i])));
        }

        tokens.AddRange(ids.Select((id, i) => (id, (PositionLogprobs?)logprobs[i])));
        return LogprobWriter.WriteCompletion(writer, model, tokens, call.Request.TokensAsIds, offset);
    }

    private string PromptText(Generation generation) => model.Tokenizer.Decode(generation.PromptIds, skipSpecialTokens: false);

    private void StartBody(Utf8JsonWriter writer, Call call)
    {
        writer.WriteStartObject();
        writer.WriteString("id", call.Id);
        writer.WriteString("object", "text_completion");
        writer.WriteNumber("created", call.Created);
        writer.WriteString("model", model.Name);
    }

    internal static void WriteStopReason(Utf8JsonWriter writer, Generation generation, FinishReason? finish = FinishReason.Stop)
    {
        switch (finish is null ? null : generation.StopReason)
        {
            case string text:
                writer.WriteString("stop_reason", text);
                break;
            case int id:
                writer.WriteNumber("stop_reason", id);
                break;
            default:
                writer.WriteNull("stop_reason");
                break;
        }
    }

    internal static void WriteIds(Utf8JsonWriter writer, string name, IReadOnlyList<int>? ids)
    {
        if (ids is null)
        {
            writer.WriteNull(name);
            return;
        }

        writer.WriteStartArray(name);
        foreach (var id in ids)
        {
            writer.WriteNumberValue(id);
        }

        writer.WriteEndArray();
    }

    internal static void WriteUsage(Utf8JsonWriter writer, IReadOnlyList<Generation> generations, UsageDetail detail, bool cached = false)
    {
        var prompt = generations.DistinctBy(generation => generation.PromptIds).Sum(generation => generation.PromptIds.Count);
        var output = generations.Sum(generation => generation.OutputTokens);
        writer.WriteStartObject("usage");
        writer.WriteNumber("prompt_tokens", prompt);
        writer.WriteNumber("total_tokens", prompt + output);
        writer.WriteNumber("completion_tokens", output);
        if (cached)
        {
            writer.WriteStartObject("prompt_tokens_details");
            writer.WriteNumber("cached_tokens", generations.DistinctBy(generation => generation.PromptIds).Sum(generation => generation.CachedTokens));
            writer.WriteNull("created_cache_tokens");
            writer.WriteNull("multimodal_tokens");
            writer.WriteEndObject();
        }
        else if (detail == UsageDetail.All)
        {
            writer.WriteNull("prompt_tokens_details");
        }

        if (detail is UsageDetail.All or UsageDetail.Completion)
        {
            writer.WriteNull("completion_tokens_details");
        }

        writer.WriteEndObject();
    }

    private sealed record Call(string Id, long Created, GenerationRequest Request, bool Echo, bool EchoOnly, bool Logprobs, IReadOnlyList<int>? ById)
    {
        public List<Generation> Generations { get; set; } = [];
    }

    private sealed class Choice(Generation generation)
    {
        public Generation Generation { get; } = generation;

        public string Text { get; set; } = "";

        public List<int> Ids { get; } = [];

        public List<PositionLogprobs> Logprobs { get; } = [];

        public FinishReason? Finish { get; set; }
    }
}
