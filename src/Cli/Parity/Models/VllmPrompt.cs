using System.Text.Json;
using Octet.Inference.Sampling;

namespace Octet.Cli.Parity.Models;

/// <summary>A prompt with its greedy continuation and the logprobs that vLLM gave before each token.</summary>
internal sealed class VllmPrompt
{
    public VllmPrompt(JsonElement json)
    {
        int[] prompt = [.. json.GetProperty("prompt").EnumerateArray().Select(id => id.GetInt32())];
        int[] output = [.. json.GetProperty("output").EnumerateArray().Select(id => id.GetInt32())];
        Tokens = [.. prompt, .. output];
        var rows = new List<VllmRow>();
        Add(rows, json.GetProperty("prompt_logprobs"), 0, chosen: false);
        Add(rows, json.GetProperty("output_logprobs"), prompt.Length, chosen: true);
        if (json.TryGetProperty("next_full", out var full) && full.ValueKind == JsonValueKind.Array)
        {
            float[] logprobs = [.. full.EnumerateArray().Select(value => value.GetSingle())];
            rows.Add(new VllmRow(prompt.Length - 1, [.. Enumerable.Range(0, logprobs.Length)], logprobs, Chosen: false));
        }

        Rows = rows;
    }

    /// <summary>Prompt and continuation.</summary>
    public int[] Tokens { get; }

    public IReadOnlyList<VllmRow> Rows { get; }

    /// <summary>Entry i of the list is the distribution of token <paramref name="first"/> + i, computed at the position before it.</summary>
    private static void Add(List<VllmRow> rows, JsonElement list, int first, bool chosen)
    {
        var token = first;
        foreach (var entry in list.EnumerateArray())
        {
            if (entry.ValueKind == JsonValueKind.Array)
            {
                rows.Add(new VllmRow(token - 1, [.. entry.EnumerateArray().Select(top => top[0].GetInt32())], [.. entry.EnumerateArray().Select(top => top[1].GetSingle())], chosen));
            }

            token++;
        }
    }
}

/// <summary>Logprobs at one position.</summary>
/// <param name="Position">Index of the token after which they were computed.</param>
/// <param name="Ids">Listed tokens.</param>
/// <param name="Logprobs">Beside <paramref name="Ids"/>.</param>
/// <param name="Chosen">True where the first choice became the next token.</param>
internal sealed record VllmRow(int Position, int[] Ids, float[] Logprobs, bool Chosen)
{
    /// <summary>The token of the highest logprob, the lower id of equals.</summary>
    public int First => Ids.Where((_, i) => Logprobs[i] == Logprobs.Max()).Min();

    /// <summary>Lead of the first over the second choice.</summary>
    public double Gap => Logprobs.OrderDescending().Take(2).ToArray() is [var first, var second] ? first - second : double.PositiveInfinity;

    /// <summary>Absolute differences of our logprobs of the listed tokens.</summary>
    public IEnumerable<double> Differences(float[] logits)
    {
        var norm = LogProbabilities.LogSumExp(logits);
        return Ids.Select((id, i) => Math.Abs(logits[id] - norm - Logprobs[i]));
    }
}
