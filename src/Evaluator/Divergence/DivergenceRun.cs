using System.Globalization;
using System.Text.Json;
using Octet.Checkpoints;
using Octet.Checkpoints.ChatTemplates;
using Octet.Checkpoints.Tokenizers;
using Octet.Contracts.Results;
using Octet.Contracts.Runs;
using Octet.Evaluator.Http;
using Octet.Evaluator.Scoring;

namespace Octet.Evaluator.Divergence;

/// <summary>Scores the same tokens with two models and compares their distributions position by position.</summary>
public sealed class DivergenceRun(DivergenceOptions options, TimeProvider time)
{
    /// <exception cref="OctetException">An endpoint fails, a file is malformed, or there is nothing to compare.</exception>
    public async Task<DivergenceReport> RunAsync(IProgress<EvaluationProgress>? progress, CancellationToken cancellationToken)
    {
        if ((options.TextPath is null) == (options.PromptsPath is null))
        {
            throw new OctetException(FailureKind.Usage, "give either a text (--text FILE) or prompts (--prompts FILE)");
        }

        var (tokenizer, template) = ReadModelFolder();
        using var baseClient = Client(options.Base);
        using var candidateClient = Client(options.Candidate);
        var baseModel = await ServedModel.ConnectAsync(baseClient, options.Base.Model, tokenizer, cancellationToken);
        var candidateModel = await ServedModel.ConnectAsync(candidateClient, options.Candidate.Model, tokenizer, cancellationToken);
        var longest = Math.Min(baseModel.MaxModelLen, candidateModel.MaxModelLen) - 1;
        var encoder = new PairEncoder(tokenizer);
        var sources = options.TextPath is not null ? Windows(encoder, longest) : Prompts(encoder, template);
        var items = new DivergenceItem[sources.Count];
        var started = time.GetTimestamp();
        var done = 0;
        await Parallel.ForEachAsync(Enumerable.Range(0, sources.Count), new ParallelOptions { MaxDegreeOfParallelism = options.Concurrency, CancellationToken = cancellationToken }, async (index, stop) =>
        {
            var pair = sources[index].Pair ?? encoder.Pair(sources[index].Context, await AnswerAsync(baseClient, encoder.Encode(sources[index].Context), stop));
            if (pair.Continuation.Count == 0 || pair.Length > longest)
            {
                throw new OctetException(FailureKind.Dataset, $"{options.TextPath ?? options.PromptsPath}: item {index + 1} has {pair.Length} tokens, {pair.Continuation.Count} of them to compare; {longest} fit");
            }

            var both = await Task.WhenAll(ScoreAsync(baseClient, options.Base.Model, pair, stop), ScoreAsync(candidateClient, options.Candidate.Model, pair, stop));
            items[index] = Compare(tokenizer, index, both[0], both[1]);
            var finished = Interlocked.Increment(ref done);
            progress?.Report(new EvaluationProgress("divergence", finished, sources.Count, time.GetElapsedTime(started) * ((sources.Count - finished) / (double)finished)));
        });
        return Report(items, baseModel.Engine, candidateModel.Engine);
    }

    private EndpointClient Client(DivergenceEndpoint endpoint) => new(new Uri(endpoint.Address), options.ApiKey, options.Concurrency, options.Attempts, time);

    private (Tokenizer, ChatTemplate?) ReadModelFolder()
    {
        try
        {
            return (Tokenizer.Load(options.TokenizerPath), ChatTemplate.Load(options.TokenizerPath, time));
        }
        catch (CheckpointException failure)
        {
            throw new OctetException(FailureKind.Model, failure.Message, failure);
        }
    }

    private List<(string Context, TokenPair? Pair)> Windows(PairEncoder encoder, int longest)
    {
        var text = TextFile.Read(options.TextPath!);
        var windows = encoder.Windows(text, Math.Min(options.Window, longest)).Select(window => ("", (TokenPair?)window)).ToList();
        return windows.Count > 0 ? windows : throw new OctetException(FailureKind.Dataset, $"{options.TextPath} has no tokens");
    }

    private List<(string Context, TokenPair? Pair)> Prompts(PairEncoder encoder, ChatTemplate? template)
    {
        var prompts = new List<(string, TokenPair?)>();
        foreach (var (number, line) in TextFile.Read(options.PromptsPath!).Split('\n').Index().Where(line => line.Item.Trim().Length > 0))
        {
            try
            {
                var row = JsonElement.Parse(line);
                var context = row.TryGetProperty("messages", out var messages)
                    ? (template ?? throw new FormatException("messages need a chat template, and the tokenizer's folder has none")).Render(new ChatTemplateRequest { Messages = messages, AddGenerationPrompt = true })
                    : row.GetProperty("prompt").GetString() ?? throw new FormatException("the prompt is null");
                prompts.Add((context, row.TryGetProperty("completion", out var completion) ? encoder.Pair(context, completion.GetString() ?? "") : null));
            }
            catch (Exception failure) when (failure is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or ChatTemplateException)
            {
                throw new OctetException(FailureKind.Dataset, $"{options.PromptsPath}:{number + 1}: {failure.Message.ReplaceLineEndings(" ")}; a line is {{\"prompt\": ...}} with an optional completion, or {{\"messages\": [...]}}", failure);
            }
        }

        return prompts.Count > 0 ? prompts : throw new OctetException(FailureKind.Dataset, $"{options.PromptsPath} has no prompts");
    }

    /// <summary>The reference's own greedy answer.</summary>
    private async Task<string> AnswerAsync(EndpointClient client, List<int> prompt, CancellationToken cancellationToken)
    {
        using var reply = await PostAsync(client, writer =>
        {
            writer.WriteString("model", options.Base.Model);
            WritePrompt(writer, prompt);
            writer.WriteNumber("temperature", 0);
            writer.WriteNumber("max_tokens", options.MaxTokens);
        }, cancellationToken);
        return reply.RootElement.GetProperty("choices")[0].GetProperty("text").GetString() ?? "";
    }

    private async Task<TopDistribution[]> ScoreAsync(EndpointClient client, string model, TokenPair pair, CancellationToken cancellationToken)
    {
        var ids = pair.Ids(pair.Length);
        using var reply = await PostAsync(client, writer =>
        {
            writer.WriteString("model", model);
            WritePrompt(writer, ids);
            writer.WriteNumber("temperature", 0);
            writer.WriteNumber("max_tokens", 1);
            writer.WriteNumber("logprobs", options.Top);
            writer.WriteBoolean("echo", true);
            writer.WriteBoolean("return_tokens_as_token_ids", true);
        }, cancellationToken);
        var choice = reply.RootElement.GetProperty("choices")[0];
        if (!choice.TryGetProperty("logprobs", out var logprobs) || logprobs.ValueKind != JsonValueKind.Object)
        {
            throw new OctetException(FailureKind.Server, $"{client.Endpoint} answers with no logprobs; comparing needs a completions endpoint that echoes prompts with logprobs");
        }

        var (values, tops) = (logprobs.GetProperty("token_logprobs"), logprobs.GetProperty("top_logprobs"));
        return [.. Enumerable.Range(pair.Context.Count, pair.Continuation.Count).Select(position => new TopDistribution(Entries(client, tops[position]), values[position].GetDouble()))];
    }

    private static Dictionary<int, double> Entries(EndpointClient client, JsonElement top)
    {
        const string prefix = "token_id:";
        var entries = new Dictionary<int, double>();
        foreach (var entry in top.EnumerateObject())
        {
            entries[entry.Name.StartsWith(prefix, StringComparison.Ordinal) && int.TryParse(entry.Name[prefix.Length..], CultureInfo.InvariantCulture, out var id) ? id
                : throw new OctetException(FailureKind.Server, $"{client.Endpoint} names tokens by their text; comparing needs a server that knows return_tokens_as_token_ids, such as octet serve or vLLM")] = entry.Value.GetDouble();
        }

        return entries;
    }

    private static async Task<JsonDocument> PostAsync(EndpointClient client, Action<Utf8JsonWriter> write, CancellationToken cancellationToken)
    {
        try
        {
            return await client.PostAsync("completions", write, cancellationToken) ?? throw new OctetException(FailureKind.Server, $"{client.Endpoint} has no completions");
        }
        catch (RequestRefusedException refused)
        {
            throw new OctetException(FailureKind.Server, refused.Message, refused);
        }
    }

    private static void WritePrompt(Utf8JsonWriter writer, IReadOnlyList<int> ids)
    {
        writer.WriteStartArray("prompt");
        foreach (var id in ids)
        {
            writer.WriteNumberValue(id);
        }

        writer.WriteEndArray();
    }

    private DivergenceItem Compare(Tokenizer tokenizer, int index, TopDistribution[] @base, TopDistribution[] candidate)
    {
        var differences = @base.Zip(candidate).Index().Where(position => position.Item.First.Likeliest != position.Item.Second.Likeliest).Select(position => position.Index).ToArray();
        return new DivergenceItem
        {
            Index = index,
            IsPrompt = options.PromptsPath is not null,
            Positions = @base.Length,
            Kl = @base.Zip(candidate).Average(position => position.First.DivergenceTo(position.Second)),
            Agreement = 1 - (differences.Length / (double)@base.Length),
            BaseNll = -@base.Average(position => position.Actual),
            CandidateNll = -candidate.Average(position => position.Actual),
            FirstDifference = differences.Length > 0 ? differences[0] : null,
            BaseToken = differences.Length > 0 ? tokenizer.TokenText(@base[differences[0]].Likeliest) : null,
            CandidateToken = differences.Length > 0 ? tokenizer.TokenText(candidate[differences[0]].Likeliest) : null,
        };
    }

    private DivergenceReport Report(DivergenceItem[] items, string baseEngine, string candidateEngine)
    {
        var positions = items.Sum(item => item.Positions);
        var (kl, klError) = Mean(items, item => item.Kl);
        var (difference, nllError) = Mean(items, item => item.CandidateNll - item.BaseNll);
        return new DivergenceReport
        {
            Pieces = items.Length,
            Positions = positions,
            Top = options.Top,
            MeanKl = kl,
            KlError = klError,
            Agreement = Mean(items, item => item.Agreement).Mean,
            BasePerplexity = Math.Exp(Mean(items, item => item.BaseNll).Mean),
            CandidatePerplexity = Math.Exp(Mean(items, item => item.CandidateNll).Mean),
            MeanNllDifference = difference,
            NllError = nllError,
            BaseEngine = baseEngine,
            CandidateEngine = candidateEngine,
            Items = items,
        };
    }

    private static (double Mean, double? Error) Mean(DivergenceItem[] items, Func<DivergenceItem, double> value) =>
        RatioOfSums.Of([.. items.Select(item => (value(item) * item.Positions, (double)item.Positions))]);
}
