using System.Buffers;
using System.Text.Json;
using Octet.LoadTester.Distributions;

namespace Octet.LoadTester.Prompts;

/// <summary>
/// Request bodies with exact token counts: ordinary token ids drawn from a pool, a fresh draw per request, so that no two requests
/// of a test share a prefix. The same seed gives the same sequence to both servers.
/// </summary>
public sealed class PromptSource
{
    private readonly int[] _pool;

    /// <param name="pool">Token ids to draw from: at least 16 different ones.</param>
    /// <param name="promptTokens">Tokens of each prompt.</param>
    /// <param name="outputTokens">Tokens that each response must have.</param>
    public PromptSource(IEnumerable<int> pool, int promptTokens, int outputTokens)
    {
        _pool = [.. pool.Distinct().Order()];
        ArgumentOutOfRangeException.ThrowIfLessThan(_pool.Length, 16, nameof(pool));
        ArgumentOutOfRangeException.ThrowIfLessThan(promptTokens, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(outputTokens, 1);
        PromptTokens = promptTokens;
        OutputTokens = outputTokens;
    }

    public int PromptTokens { get; }

    public int OutputTokens { get; }

    /// <summary>The prompt of one request, fixed by seed, run and index.</summary>
    /// <param name="seed">Seed of the test.</param>
    /// <param name="run">Number of the run: runs never repeat prompts, except that both servers get the same ones.</param>
    /// <param name="index">Number of the request in its run.</param>
    public int[] Ids(long seed, int run, int index)
    {
        var random = SeededRandom.For(seed, run, index);
        var ids = new int[PromptTokens];
        for (var i = 0; i < ids.Length; i++)
        {
            ids[i] = _pool[random.Next(_pool.Length)];
        }

        return ids;
    }

    /// <summary>The JSON body of a streamed completion with that prompt and a fixed output length.</summary>
    /// <param name="model">Served name.</param>
    /// <param name="seed">Seed of the test.</param>
    /// <param name="run">Number of the run.</param>
    /// <param name="index">Number of the request in its run.</param>
    /// <param name="outputTokens">Tokens that the response must have.</param>
    public ReadOnlyMemory<byte> Body(string model, long seed, int run, int index, int outputTokens)
    {
        var buffer = new ArrayBufferWriter<byte>((PromptTokens * 6) + 256);
        using var json = new Utf8JsonWriter(buffer);
        json.WriteStartObject();
        json.WriteString("model"u8, model);
        json.WriteStartArray("prompt"u8);
        foreach (var id in Ids(seed, run, index))
        {
            json.WriteNumberValue(id);
        }

        json.WriteEndArray();
        json.WriteNumber("max_tokens"u8, outputTokens);
        json.WriteNumber("temperature"u8, 0);
        json.WriteBoolean("ignore_eos"u8, true);
        json.WriteBoolean("stream"u8, true);
        json.WriteStartObject("stream_options"u8);
        json.WriteBoolean("include_usage"u8, true);
        json.WriteBoolean("continuous_usage_stats"u8, true);
        json.WriteEndObject();
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenMemory;
    }
}
