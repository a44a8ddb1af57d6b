using System.Globalization;
using System.Text.Json;
using Octet.Contracts.Runs;
using Octet.Evaluator.Scoring;

namespace Octet.Evaluator.Http;

/// <summary>Likelihood of a continuation.</summary>
/// <param name="Sum">Summed logprob in nats.</param>
/// <param name="Greedy">Every token was the likeliest.</param>
public readonly record struct Likelihood(double Sum, bool Greedy);

/// <summary>A generated text and its number of tokens.</summary>
public readonly record struct GeneratedText(string Text, int Tokens);

/// <summary>The completion requests of an evaluation, in lm-eval's form and in those that our own server offers besides.</summary>
/// <param name="client">The endpoint.</param>
/// <param name="model">What it serves.</param>
/// <param name="seed">Sent along.</param>
/// <param name="longest">Most ids of a prompt.</param>
public sealed class CompletionRequests(EndpointClient client, ServedModel model, long seed, int longest)
{
    /// <summary>Most ids of a prompt.</summary>
    public int Longest => longest;

    /// <summary>lm-eval's form: the prompts echoed with the logprob of each token.</summary>
    /// <param name="pairs">One prompt each.</param>
    /// <param name="asText">Prompts as texts instead of ids.</param>
    /// <param name="onlyTails">Our own server: logprobs of the continuations only, so that contexts are shared.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <exception cref="OctetException">Kind Server: the endpoint gives no logprobs, or fails.</exception>
    /// <exception cref="RequestRefusedException">This request is refused.</exception>
    public async Task<IReadOnlyList<Likelihood>> EchoAsync(IReadOnlyList<TokenPair> pairs, bool asText, bool onlyTails, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(pairs);
        using var reply = await PostAsync("completions", writer =>
        {
            writer.WriteString("model", model.Name);
            WritePrompts(writer, pairs, asText);
            writer.WriteNumber("temperature", 0);
            writer.WriteNumber("max_tokens", 1);
            writer.WriteNumber("logprobs", 1);
            writer.WriteNumber("seed", seed);
            writer.WriteBoolean("echo", true);
            if (onlyTails)
            {
                writer.WriteNumber("prompt_logprobs_from", pairs.Min(pair => pair.From(longest)));
            }
        }, cancellationToken);
        var found = new Likelihood?[pairs.Count];
        foreach (var choice in Choices(reply))
        {
            var index = choice.GetProperty("index").GetInt32();
            found[index] = Read(choice, pairs[index].From(longest));
        }

        return [.. found.Select(likelihood => likelihood ?? throw Unusable("fewer choices than prompts"))];
    }

    /// <summary>Our own server: logprobs of single tokens after one context.</summary>
    public async Task<IReadOnlyList<Likelihood>> NextTokenAsync(IReadOnlyList<int> context, IReadOnlyList<int> tokens, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        using var reply = await PostAsync("completions", writer =>
        {
            writer.WriteString("model", model.Name);
            WriteIds(writer, "prompt", context);
            writer.WriteNumber("temperature", 0);
            writer.WriteNumber("max_tokens", 1);
            writer.WriteNumber("logprobs", 1);
            writer.WriteNumber("seed", seed);
            WriteIds(writer, "logprob_token_ids", tokens);
        }, cancellationToken);
        var choice = Choices(reply)[0];
        var byId = choice.GetProperty("token_id_logprobs")[0];
        var best = choice.GetProperty("logprobs").GetProperty("token_logprobs")[0].GetDouble();
        return [.. tokens.Select(token => byId.GetProperty(token.ToString(CultureInfo.InvariantCulture)).GetDouble()).Select(value => new Likelihood(value, value >= best))];
    }

    /// <summary>Texts generated after prompts.</summary>
    public async Task<IReadOnlyList<GeneratedText>> GenerateAsync(IReadOnlyList<Question> questions, bool asText, bool asList, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(questions);
        using var reply = await PostAsync("completions", writer =>
        {
            if (asText)
            {
                WriteList(writer, questions.Count == 1 && !asList, questions, question => writer.WriteStringValue(question.Prompt.Context));
            }
            else
            {
                WriteList(writer, one: false, questions, question => WriteIds(writer, null, question.Generation!.Ids));
            }

            WriteGeneration(writer, questions[0].Generation!);
        }, cancellationToken);
        var texts = new string?[questions.Count];
        foreach (var choice in Choices(reply))
        {
            texts[choice.GetProperty("index").GetInt32()] = choice.GetProperty("text").GetString();
        }

        return [.. texts.Select(text => new GeneratedText(text ?? throw Unusable("fewer texts than prompts"), questions.Count == 1 ? Tokens(reply) : 0))];
    }

    /// <summary>A text generated by a chat endpoint, which applies its own template.</summary>
    public async Task<GeneratedText> ChatAsync(Question question, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(question);
        using var reply = await PostAsync("chat/completions", writer =>
        {
            writer.WriteStartArray("messages");
            foreach (var message in question.Prompt.Messages)
            {
                writer.WriteStartObject();
                writer.WriteString("role", message.Role);
                writer.WriteString("content", message.Content);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
            WriteGeneration(writer, question.Generation!);
        }, cancellationToken);
        return new GeneratedText(Choices(reply)[0].GetProperty("message").GetProperty("content").GetString() ?? "", Tokens(reply));
    }

    private async Task<JsonDocument> PostAsync(string address, Action<Utf8JsonWriter> write, CancellationToken cancellationToken) =>
        await client.PostAsync(address, write, cancellationToken) ?? throw new OctetException(FailureKind.Server, $"{client.Endpoint} has no {address}; scoring needs a completions endpoint");

    private void WriteGeneration(Utf8JsonWriter writer, GenerationRequest request)
    {
        writer.WriteString("model", model.Name);
        foreach (var (name, value) in request.Parameters)
        {
            writer.WritePropertyName(name);
            writer.WriteRawValue(value);
        }

        writer.WriteNumber("seed", seed);
    }

    private void WritePrompts(Utf8JsonWriter writer, IReadOnlyList<TokenPair> pairs, bool asText)
    {
        if (asText)
        {
            WriteList(writer, pairs.Count == 1, pairs, pair => writer.WriteStringValue(pair.Text));
        }
        else
        {
            WriteList(writer, one: false, pairs, pair => WriteIds(writer, null, pair.Ids(longest)));
        }
    }

    private static void WriteList<T>(Utf8JsonWriter writer, bool one, IReadOnlyList<T> items, Action<T> write)
    {
        writer.WritePropertyName("prompt");
        if (one)
        {
            write(items[0]);
            return;
        }

        writer.WriteStartArray();
        foreach (var item in items)
        {
            write(item);
        }

        writer.WriteEndArray();
    }

    private static void WriteIds(Utf8JsonWriter writer, string? name, IReadOnlyList<int> ids)
    {
        if (name is not null)
        {
            writer.WritePropertyName(name);
        }

        writer.WriteStartArray();
        for (var i = 0; i < ids.Count; i++)
        {
            writer.WriteNumberValue(ids[i]);
        }

        writer.WriteEndArray();
    }

    /// <summary>Sum from the first scored position to the last but one: the last is the token generated after the prompt.</summary>
    private Likelihood Read(JsonElement choice, int from)
    {
        if (!choice.TryGetProperty("logprobs", out var logprobs) || logprobs.ValueKind != JsonValueKind.Object || !logprobs.TryGetProperty("token_logprobs", out var values)
            || !logprobs.TryGetProperty("top_logprobs", out var tops) || values.ValueKind != JsonValueKind.Array || tops.ValueKind != JsonValueKind.Array)
        {
            throw Unusable("no logprobs");
        }

        var (sum, greedy) = (0.0, true);
        for (var i = from; i < values.GetArrayLength() - 1; i++)
        {
            if (values[i].ValueKind != JsonValueKind.Number)
            {
                throw Unusable($"no logprob at position {i} of an echoed prompt");
            }

            var value = values[i].GetDouble();
            sum += value;
            greedy &= tops[i].ValueKind == JsonValueKind.Object && tops[i].EnumerateObject().All(top => top.Value.GetDouble() <= value);
        }

        return new Likelihood(sum, greedy);
    }

    private JsonElement[] Choices(JsonDocument reply) => reply.RootElement.TryGetProperty("choices", out var choices) && choices.ValueKind == JsonValueKind.Array && choices.GetArrayLength() > 0
        ? [.. choices.EnumerateArray()]
        : throw Unusable("no choices");

    private static int Tokens(JsonDocument reply) => reply.RootElement.TryGetProperty("usage", out var usage) && usage.ValueKind == JsonValueKind.Object && usage.TryGetProperty("completion_tokens", out var tokens) ? tokens.GetInt32() : 0;

    private NoLogprobsException Unusable(string what) => new($"{client.Endpoint} answers with {what}; scoring needs a completions endpoint that echoes prompts with logprobs, such as octet serve or vLLM");
}
