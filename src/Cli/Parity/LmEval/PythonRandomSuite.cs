using System.Text.Json;
using Octet.Evaluator.Python;

namespace Octet.Cli.Parity.LmEval;

/// <summary>Draws of CPython's random.Random, which choose few-shot examples and resamples.</summary>
public sealed class PythonRandomSuite : IParitySuite
{
    public string Name => "lm-eval/python-random";

    public bool IsPresent(ParityFolders folders) => File.Exists(PathOf(folders));

    public Task<ParityResult> RunAsync(ParityFolders folders, CancellationToken cancellationToken)
    {
        var tally = new ParityTally();
        tally.Try(Name, () =>
        {
            foreach (var line in RecordedLines.Read(PathOf(folders)))
            {
                tally.Try("a line", () => Check(tally, line));
            }
        });
        return Task.FromResult(tally.Result("exact"));
    }

    private static void Check(ParityTally tally, JsonElement line)
    {
        var random = new PythonRandom(line.GetProperty("seed").GetUInt64());
        if (line.TryGetProperty("draws", out var draws))
        {
            Each(draws, expected => random.Sample(line.GetProperty("population").GetInt32(), expected.GetArrayLength()));
        }
        else if (line.TryGetProperty("random", out var numbers))
        {
            tally.Exact(numbers.EnumerateArray().All(expected => expected.GetDouble() == random.NextDouble()), () => $"random() of seed {line.GetProperty("seed")}");
        }
        else if (line.EnumerateObject().FirstOrDefault(property => property.Name.StartsWith("choices_of_range_", StringComparison.Ordinal)) is { Value.ValueKind: JsonValueKind.Array } choices)
        {
            var population = int.Parse(choices.Name.Split('_')[3], System.Globalization.CultureInfo.InvariantCulture);
            Each(choices.Value, expected =>
            {
                var positions = new int[expected.GetArrayLength()];
                random.Choices(population, positions);
                return positions;
            });
        }

        void Each(JsonElement list, Func<JsonElement, int[]> draw)
        {
            foreach (var expected in list.EnumerateArray())
            {
                var actual = draw(expected);
                tally.Exact(actual.SequenceEqual(expected.EnumerateArray().Select(value => value.GetInt32())), () => $"seed {line.GetProperty("seed")}: {string.Join(' ', actual)} instead of {expected.GetRawText()}");
            }
        }
    }

    private static string PathOf(ParityFolders folders) => Path.Combine(folders.Goldens, "lm-eval", "python_random.jsonl");
}
