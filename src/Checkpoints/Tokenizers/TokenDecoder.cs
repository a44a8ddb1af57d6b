using System.Globalization;
using System.Text;

namespace Octet.Checkpoints.Tokenizers;

/// <summary>Turns a list of token texts into text.</summary>
internal abstract class TokenDecoder
{
    public abstract string Decode(IReadOnlyList<string> tokens);

    /// <summary>Bytes of one token in the middle of a text.</summary>
    public abstract byte[] Bytes(string token);
}

/// <summary>Byte-level tokens: all their bytes as UTF-8, U+FFFD for each maximal invalid part.</summary>
internal sealed class ByteLevelDecoder : TokenDecoder
{
    public override string Decode(IReadOnlyList<string> tokens)
    {
        var bytes = new List<byte>();
        foreach (var token in tokens)
        {
            ByteAlphabet.Append(bytes, token);
        }

        return Encoding.UTF8.GetString(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(bytes));
    }

    public override byte[] Bytes(string token)
    {
        var bytes = new List<byte>();
        ByteAlphabet.Append(bytes, token);
        return [.. bytes];
    }
}

/// <summary>SentencePiece tokens: <c>▁</c> to a blank, runs of byte tokens to text (all U+FFFD when they are not valid UTF-8), one leading blank dropped.</summary>
internal sealed class SentencePieceDecoder(bool stripLeadingBlank) : TokenDecoder
{
    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    public override string Decode(IReadOnlyList<string> tokens)
    {
        var text = new StringBuilder();
        var bytes = new List<byte>();
        foreach (var token in tokens)
        {
            if (IsByte(token, out var value))
            {
                bytes.Add(value);
                continue;
            }

            Flush(bytes, text);
            text.Append(Text(token));
        }

        Flush(bytes, text);
        return stripLeadingBlank && text.Length > 0 && text[0] == ' ' ? text.ToString(1, text.Length - 1) : text.ToString();
    }

    public override byte[] Bytes(string token) => IsByte(token, out var value) ? [value] : Encoding.UTF8.GetBytes(Text(token));

    private static string Text(string token) => token.Replace('▁', ' ');

    private static bool IsByte(string token, out byte value)
    {
        value = 0;
        return token is ['<', '0', 'x', _, _, '>'] && byte.TryParse(token.AsSpan(3, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
    }

    private static void Flush(List<byte> bytes, StringBuilder text)
    {
        if (bytes.Count == 0)
        {
            return;
        }

        try
        {
            text.Append(Strict.GetString([.. bytes]));
        }
        catch (DecoderFallbackException)
        {
            text.Append('\uFFFD', bytes.Count);
        }

        bytes.Clear();
    }
}
