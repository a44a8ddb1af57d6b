using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Octet.Evaluator.Data;
using Octet.Evaluator.Prompting;

namespace Octet.Evaluator.Scoring;

/// <summary>A generation: its prompt and how it ends.</summary>
/// <param name="Ids">Prompt as ids, cut on the left to what fits.</param>
/// <param name="Parameters">Fields of the request besides prompt, model and seed, as JSON text, in the order sent.</param>
public sealed record GenerationRequest(IReadOnlyList<int> Ids, IReadOnlyDictionary<string, string> Parameters);

/// <summary>One document, ready to be asked.</summary>
public sealed record Question
{
    public required EvalDocument Document { get; init; }
    public required Prompt Prompt { get; init; }

    /// <summary>Texts after the context, delimiter included; empty for generation and whole texts.</summary>
    public IReadOnlyList<string> Continuations { get; init; } = [];

    /// <summary>One a choice, or the windows of a text.</summary>
    public IReadOnlyList<TokenPair> Pairs { get; init; } = [];

    public GenerationRequest? Generation { get; init; }

    /// <summary>Names everything that decides the answer.</summary>
    /// <param name="server">Engine, model and seed.</param>
    public string Key(string server)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(server));
        foreach (var pair in Pairs)
        {
            Add($"\n{pair.Context.Count} {pair.Continuation.Count} ", [.. pair.All]);
        }

        if (Generation is { } generation)
        {
            Add("\ngenerate " + string.Join(' ', generation.Parameters) + Prompt.Context, [.. generation.Ids]);
            Add(string.Join('\n', Prompt.Messages), []);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());

        void Add(string text, int[] ids)
        {
            hash.AppendData(Encoding.UTF8.GetBytes(text.ToString(CultureInfo.InvariantCulture)));
            hash.AppendData(MemoryMarshal.AsBytes<int>(ids));
        }
    }
}
