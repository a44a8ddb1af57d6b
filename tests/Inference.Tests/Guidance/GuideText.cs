using System.Text;
using Octet.Inference.Guidance;

namespace Octet.Inference.Tests.Guidance;

/// <summary>Reads texts through a guide whose vocabulary is the 256 bytes and an end token.</summary>
internal static class GuideText
{
    private const int End = 256;

    public static GuideCompiler Bytes() =>
        new(new TokenVocabulary([.. Enumerable.Range(0, 256).Select(value => new[] { (byte)value }), null], [End]));

    /// <summary>Whether the guide lets every byte come and the text end after it.</summary>
    public static bool Accepts(TokenGuide guide, string text) => Read(guide, text) is { } end && end[End] == 0;

    /// <summary>Masked zeros after the text; null where a byte was forbidden.</summary>
    private static float[]? Read(TokenGuide guide, string text)
    {
        var cursor = new GuideCursor(guide);
        var logits = new float[End + 1];
        cursor.Mask(logits);
        foreach (var value in Encoding.UTF8.GetBytes(text))
        {
            if (logits[value] != 0)
            {
                return null;
            }

            cursor.Advance(value);
            Array.Clear(logits);
            cursor.Mask(logits);
        }

        return logits;
    }
}
