using System.Text;

namespace Octet.Checkpoints.Tokenizers;

/// <summary>GPT-2's one letter per byte: printable Latin-1 stands for itself, the other 68 bytes are letters from U+0100 on.</summary>
internal static class ByteAlphabet
{
    private static readonly char[] Letters = Build();
    private static readonly Dictionary<char, byte> Bytes = Letters.Select((letter, value) => (letter, value)).ToDictionary(pair => pair.letter, pair => (byte)pair.value);

    public static char Letter(byte value) => Letters[value];

    /// <summary>Text as letters, one per UTF-8 byte.</summary>
    public static string ToLetters(ReadOnlySpan<byte> utf8)
    {
        Span<char> letters = utf8.Length <= 256 ? stackalloc char[utf8.Length] : new char[utf8.Length];
        for (var i = 0; i < utf8.Length; i++)
        {
            letters[i] = Letters[utf8[i]];
        }

        return new string(letters);
    }

    /// <summary>The bytes of a token; a token with any letter outside the alphabet is its own UTF-8.</summary>
    public static void Append(List<byte> target, string token)
    {
        var start = target.Count;
        foreach (var letter in token)
        {
            if (!Bytes.TryGetValue(letter, out var value))
            {
                target.RemoveRange(start, target.Count - start);
                target.AddRange(Encoding.UTF8.GetBytes(token));
                return;
            }

            target.Add(value);
        }
    }

    private static char[] Build()
    {
        var letters = new char[256];
        var next = (char)256;
        for (var value = 0; value < 256; value++)
        {
            letters[value] = value is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF) ? (char)value : next++;
        }

        return letters;
    }
}
