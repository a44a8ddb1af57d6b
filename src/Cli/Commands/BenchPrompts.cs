using System.CommandLine;
using System.Globalization;
using Octet.Contracts.Jobs;
using Octet.Contracts.Runs;

namespace Octet.Cli.Commands;

/// <summary>What <c>octet bench</c> sends: how many tokens, and whose prompts.</summary>
internal static class BenchPrompts
{
    private const string Empirical = "empirical:";
    private static readonly LoadSpec Defaults = new();

    public static readonly Option<string> Prompt = new("--prompt-tokens")
    {
        Description = $"Tokens of each prompt: {TokenLengths.Forms}; empirical:FILE takes the numbers of a file, one a line.",
        DefaultValueFactory = _ => Defaults.PromptTokens.ToString(CultureInfo.InvariantCulture),
    };

    public static readonly Option<string> Output = new("--output-tokens")
    {
        Description = "Tokens of each answer; forms as --prompt-tokens.",
        DefaultValueFactory = _ => Defaults.OutputTokens.ToString(CultureInfo.InvariantCulture),
    };

    public static readonly Option<string?> Own = new("--prompts")
    {
        Description = "JSONL file of your own prompts instead of random token ids: {\"prompt\": a text or token ids} or {\"messages\": [...]}, one a line, with an optional \"max_tokens\" instead of --output-tokens. A server may know them from its prefix cache.",
    };

    /// <summary>The job with these options.</summary>
    /// <exception cref="OctetException">Kind Usage: an option or a file is wrong.</exception>
    public static async Task<LoadTestJob> AddToAsync(LoadTestJob job, ParseResult parsed, CancellationToken cancellation)
    {
        var (prompt, output) = (await LengthsAsync(parsed, Prompt, cancellation), await LengthsAsync(parsed, Output, cancellation));
        return job with
        {
            PromptTokens = prompt.Most,
            PromptLengths = prompt.Text,
            OutputTokens = output.Most,
            OutputLengths = output.Text,
            PromptsPath = parsed.GetValue(Own) is { } own ? Path.GetFullPath(own) : null,
        };
    }

    private static async Task<TokenLengths> LengthsAsync(ParseResult parsed, Option<string> option, CancellationToken cancellation)
    {
        var text = parsed.GetRequiredValue(option);
        if (!text.StartsWith(Empirical, StringComparison.Ordinal) || text.Length == Empirical.Length || char.IsAsciiDigit(text[Empirical.Length]))
        {
            return TokenLengths.Parse(text, option.Name);
        }

        var file = text[Empirical.Length..];
        try
        {
            var lines = await File.ReadAllLinesAsync(file, cancellation);
            return TokenLengths.Parse(Empirical + string.Join(',', lines.Select(line => line.Trim()).Where(line => line.Length > 0)), option.Name);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            throw new OctetException(FailureKind.Usage, $"{option.Name} '{text}': the file cannot be read: {unreadable.Message}", unreadable);
        }
    }
}
