using System.Text.Json;

namespace Octet.Evaluator.IfEval;

/// <summary>The kwargs of one instruction. Null, zero and empty values count as absent, as in lm-eval.</summary>
public readonly struct InstructionArguments(JsonElement values, string prompt)
{
    /// <exception cref="MissingArgumentException">There is none; lm-eval would draw one at random.</exception>
    public string Text(string name) => Find(name) is { ValueKind: JsonValueKind.String } value && value.GetString() is { Length: > 0 } text ? text
        : name == "prompt_to_repeat" ? prompt
        : throw new MissingArgumentException(name);

    /// <exception cref="MissingArgumentException">There is none; lm-eval would draw one at random.</exception>
    public int Whole(string name) => Find(name) is { ValueKind: JsonValueKind.Number } value && value.TryGetDouble(out var number) && number is not 0 and > int.MinValue and < int.MaxValue
        ? (int)number
        : throw new MissingArgumentException(name);

    /// <exception cref="MissingArgumentException">There is none; lm-eval would draw some at random.</exception>
    public IReadOnlyList<string> Texts(string name) => Find(name) is { ValueKind: JsonValueKind.Array } value && value.GetArrayLength() > 0
        ? [.. value.EnumerateArray().Select(item => item.GetString() ?? throw new MissingArgumentException(name))]
        : throw new MissingArgumentException(name);

    private JsonElement? Find(string name) => values.ValueKind == JsonValueKind.Object && values.TryGetProperty(name, out var value) ? value : null;
}

/// <summary>An instruction lacks what it must be judged with.</summary>
public sealed class MissingArgumentException(string name) : Exception($"an instruction lacks its argument {name}");
