using System.Buffers;
using System.Text.Json;
using Octet.Contracts.Jobs;
using Octet.Contracts.Runs;

namespace Octet.LoadTester.Prompts;

/// <summary>
/// Request bodies. Without prompts of a user: exact token counts, ordinary token ids drawn from a pool, a fresh draw per request, so that no two
/// requests of a test share a prefix. The same seed gives the same sequence to both servers.
/// </summary>
public sealed class PromptSource
{
    private readonly int[] _pool;
    private readonly TokenLengths _promptTokens;
    private readonly TokenLengths _outputTokens;
    private readonly UserPrompts? _own;

    /// <param name="pool">Token ids to draw from: at least 16 different ones.</param>
    /// <param name="promptTokens">Tokens of each prompt.</param>
    /// <param name="outputTokens">Tokens that each response must have.</param>
    public PromptSource(IEnumerable<int> pool, int promptTokens, int outputTokens)
        : this(pool, TokenLengths.Fixed(promptTokens), TokenLengths.Fixed(outputTokens))
    {
    }

    /// <param name="pool">Token ids to draw from: at least 16 different ones.</param>
    /// <param name="promptTokens">Tokens of each prompt.</param>
    /// <param name="outputTokens">Tokens that each response must have.</param>
    public PromptSource(IEnumerable<int> pool, TokenLengths promptTokens, TokenLengths outputTokens)
    {
        ArgumentNullException.ThrowIfNull(promptTokens);
        ArgumentNullException.ThrowIfNull(outputTokens);
        _pool = [.. pool.Distinct().Order()];
        ArgumentOutOfRangeException.ThrowIfLessThan(_pool.Length, 16, nameof(pool));
        (_promptTokens, _outputTokens) = (promptTokens, outputTokens);
    }

    /// <param name="own">Prompts of the user.</param>
    /// <param name="outputTokens">Tokens of each response whose prompt does not say.</param>
    public PromptSource(UserPrompts own, TokenLengths outputTokens)
    {
        ArgumentNullException.ThrowIfNull(own);
        ArgumentNullException.ThrowIfNull(outputTokens);
        (_own, _pool, _promptTokens, _outputTokens) = (own, [], TokenLengths.Fixed(1), outputTokens);
    }

    /// <summary>The prompts that a job asks for.</summary>
    /// <param name="job">Names them.</param>
    /// <param name="tokenizer">Folder with tokenizer.json.</param>
    /// <param name="cancellationToken">Stops the reading of a file of prompts.</param>
    /// <exception cref="OctetException">The tokenizer, the prompts or a distribution cannot be read.</exception>
    public static async Task<PromptSource> OfAsync(LoadTestJob job, string tokenizer, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(job);
        var output = TokenLengths.Of(job.OutputTokens, job.OutputLengths, "output lengths");
        return job.PromptsPath is { } file
            ? new PromptSource(await UserPrompts.ReadAsync(file, cancellationToken), output)
            : new PromptSource(PromptPool.Read(tokenizer), TokenLengths.Of(job.PromptTokens, job.PromptLengths, "prompt lengths"), output);
    }

    /// <summary>The prompt of one request, fixed by seed, run and index.</summary>
    /// <param name="seed">Seed of the test.</param>
    /// <param name="run">Number of the run: runs never repeat prompts, except that both servers get the same ones.</param>
    /// <param name="index">Number of the request in its run.</param>
    public int[] Ids(long seed, int run, int index)
    {
        var random = SeededRandom.For(seed, run, index);
        var ids = new int[_promptTokens.Text is null ? _promptTokens.Most : _promptTokens.Draw(random)];
        for (var i = 0; i < ids.Length; i++)
        {
            ids[i] = _pool[random.Next(_pool.Length)];
        }

        return ids;
    }

    /// <summary>Tokens that the response to one request must have.</summary>
    public int OutputTokens(long seed, int run, int index) => _own?.Of(seed, run, index).OutputTokens
        ?? (_outputTokens.Text is null ? _outputTokens.Most : _outputTokens.Draw(SeededRandom.For(~seed, run, index)));

    /// <summary>A streamed completion with that prompt and a fixed output length.</summary>
    /// <param name="model">Served name.</param>
    /// <param name="seed">Seed of the test.</param>
    /// <param name="run">Number of the run.</param>
    /// <param name="index">Number of the request in its run.</param>
    /// <param name="outputTokens">Tokens that the response must have.</param>
    public LoadRequest Request(string model, long seed, int run, int index, int outputTokens)
    {
        var own = _own?.Of(seed, run, index);
        var buffer = new ArrayBufferWriter<byte>(512);
        using var json = new Utf8JsonWriter(buffer);
        json.WriteStartObject();
        json.WriteString("model"u8, model);
        WritePrompt(json, own, seed, run, index);
        json.WriteNumber(own is { Chat: true } ? "max_completion_tokens"u8 : "max_tokens"u8, outputTokens);
        json.WriteNumber("temperature"u8, 0);
        json.WriteBoolean("ignore_eos"u8, true);
        json.WriteBoolean("stream"u8, true);
        json.WriteStartObject("stream_options"u8);
        json.WriteBoolean("include_usage"u8, true);
        json.WriteBoolean("continuous_usage_stats"u8, true);
        json.WriteEndObject();
        json.WriteEndObject();
        json.Flush();
        return new LoadRequest(buffer.WrittenMemory, own is { Chat: true });
    }

    private void WritePrompt(Utf8JsonWriter json, UserPrompt? own, long seed, int run, int index)
    {
        if (own is not null)
        {
            json.WritePropertyName(own.Chat ? "messages"u8 : "prompt"u8);
            own.Content.WriteTo(json);
            return;
        }

        json.WriteStartArray("prompt"u8);
        foreach (var id in Ids(seed, run, index))
        {
            json.WriteNumberValue(id);
        }

        json.WriteEndArray();
    }
}
