namespace Octet.Inference.Guidance;

/// <summary>Which tokens of a vocabulary may come, one bit each.</summary>
internal sealed class TokenMask(int vocabulary)
{
    private const int WordBits = 64;
    private readonly ulong[] _words = new ulong[(vocabulary + WordBits - 1) / WordBits];

    public bool Any { get; private set; }

    public bool this[int id] => (uint)id < (uint)vocabulary && (_words[id / WordBits] >> (id % WordBits) & 1) == 1;

    public void Add(int id)
    {
        _words[id / WordBits] |= 1UL << (id % WordBits);
        Any = true;
    }

    /// <summary>Logits of all other ids become minus infinity.</summary>
    /// <param name="logits">[vocabulary of the model], which may be larger than that of the tokenizer.</param>
    public void Apply(Span<float> logits)
    {
        for (var start = 0; start < logits.Length; start += WordBits)
        {
            var part = logits[start..Math.Min(start + WordBits, logits.Length)];
            var word = start / WordBits < _words.Length ? _words[start / WordBits] : 0;
            if (word == 0)
            {
                part.Fill(float.NegativeInfinity);
                continue;
            }

            for (var i = 0; i < part.Length && word != ulong.MaxValue; i++)
            {
                part[i] = (word >> i & 1) == 1 ? part[i] : float.NegativeInfinity;
            }
        }
    }
}
