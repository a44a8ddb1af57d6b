using System.Globalization;
using System.Text;

namespace Octet.Benchmarks;

/// <summary>The hash by which the mock server's truth log names a prompt.</summary>
internal static class PromptHash
{
    /// <summary>FNV-1a, 64 bits, of the ids as JSON.</summary>
    public static string Of(IEnumerable<int> ids)
    {
        var hash = 0xCBF29CE484222325UL;
        foreach (var octet in Encoding.UTF8.GetBytes($"[{string.Join(',', ids)}]"))
        {
            hash = unchecked((hash ^ octet) * 0x100000001B3UL);
        }

        return hash.ToString("x16", CultureInfo.InvariantCulture);
    }
}
