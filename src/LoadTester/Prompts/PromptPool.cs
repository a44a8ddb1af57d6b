using Octet.Checkpoints;
using Octet.Checkpoints.Tokenizers;
using Octet.Contracts.Runs;

namespace Octet.LoadTester.Prompts;

/// <summary>The tokens that prompts are made of.</summary>
public static class PromptPool
{
    private const int MostPoolIds = 4096;

    /// <summary>Ordinary tokens: not special, and with text of their own; at most 4,096 of them.</summary>
    /// <param name="model">Folder with tokenizer.json.</param>
    /// <exception cref="OctetException">Kind Model: it cannot be read.</exception>
    public static IEnumerable<int> Read(string model)
    {
        Tokenizer tokenizer;
        try
        {
            tokenizer = Tokenizer.Load(model);
        }
        catch (CheckpointException failure)
        {
            throw new OctetException(FailureKind.Model, failure.Message, failure);
        }

        return Enumerable.Range(0, tokenizer.VocabSize)
            .Where(id => tokenizer.TokenPiece(id) is not null && !tokenizer.IsSpecial(id) && tokenizer.TokenText(id) is { Length: > 0 } text && !text.Contains('\uFFFD'))
            .Take(MostPoolIds);
    }
}
