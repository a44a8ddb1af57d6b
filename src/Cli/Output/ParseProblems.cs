using System.CommandLine;
using System.Text.RegularExpressions;

namespace Octet.Cli.Output;

/// <summary>What is wrong with a command line, in the user's words.</summary>
internal static partial class ParseProblems
{
    private const string NoCommand = "Required command was not provided.";

    public static IReadOnlyList<string> Of(ParseResult parsed)
    {
        ArgumentNullException.ThrowIfNull(parsed);
        var messages = parsed.Errors.Select(problem => ExpectedType().Replace(problem.Message, match => " as " + Words(match.Groups[1].Value))).Distinct().ToArray();

        // A command that is not known is no missing one.
        return messages.Length > 1 ? [.. messages.Where(message => message != NoCommand)] : messages;
    }

    private static string Words(string type) => type switch
    {
        _ when type.Contains("Int", StringComparison.Ordinal) => "a whole number",
        _ when type.Contains("Double", StringComparison.Ordinal) || type.Contains("Single", StringComparison.Ordinal) => "a number",
        _ when type.Contains("Boolean", StringComparison.Ordinal) => "true or false",
        _ => "what is expected here",
    };

    [GeneratedRegex(" as expected type '([^']*)'")]
    private static partial Regex ExpectedType();
}
