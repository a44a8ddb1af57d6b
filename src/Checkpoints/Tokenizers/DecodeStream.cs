using System.Text;

namespace Octet.Checkpoints.Tokenizers;

/// <summary>Text of a growing list of ids, as tokenizers' DecodeStream gives it: nothing while the text ends in an incomplete character.</summary>
public sealed class DecodeStream
{
    private readonly Tokenizer _tokenizer;
    private readonly bool _skipSpecial;
    private List<int> _ids;
    private string _prefix = "";
    private int _prefixIndex;

    internal DecodeStream(Tokenizer tokenizer, IReadOnlyList<int>? promptIds, bool skipSpecial)
    {
        _tokenizer = tokenizer;
        _skipSpecial = skipSpecial;
        _ids = [.. promptIds ?? []];
    }

    /// <summary>Times the text stopped being a continuation of what was sent, and the stream began anew.</summary>
    public int Resets { get; private set; }

    /// <summary>Adds one id.</summary>
    /// <returns>The new text, or null when there is none yet.</returns>
    public string? Step(int id)
    {
        if (TryStep(id, out var text))
        {
            return text;
        }

        Resets++;
        (_ids, _prefix, _prefixIndex) = ([], "", 0);
        return TryStep(id, out text) ? text : null;
    }

    private bool TryStep(int id, out string? added)
    {
        added = null;
        if (_prefix.Length == 0 && _ids.Count > 0)
        {
            var prefix = _tokenizer.Decode(_ids, _skipSpecial);
            if (!prefix.EndsWith('\uFFFD'))
            {
                (_prefix, _prefixIndex) = (prefix, _ids.Count);
            }
        }

        _ids.Add(id);
        var text = _tokenizer.Decode(_ids, _skipSpecial);
        if (Encoding.UTF8.GetByteCount(text) <= Encoding.UTF8.GetByteCount(_prefix) || text.EndsWith('\uFFFD'))
        {
            return true;
        }

        if (!text.StartsWith(_prefix, StringComparison.Ordinal))
        {
            return false;
        }

        added = text[_prefix.Length..];
        var index = _ids.Count - _prefixIndex;
        _ids.RemoveRange(0, _prefixIndex);
        _prefix = _tokenizer.Decode(_ids, _skipSpecial);
        _prefixIndex = index;
        return true;
    }
}
