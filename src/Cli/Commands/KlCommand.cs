using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Octet.Cli.Output;
using Octet.Contracts.Results;
using Octet.Evaluator.Divergence;

namespace Octet.Cli.Commands;

/// <summary><c>octet kl</c>: how far apart two served models are on a text, or on the user's own prompts.</summary>
internal static class KlCommand
{
    public static Command Create(TextWriter output, TextWriter error)
    {
        var @base = new Option<string>("--base") { Description = "Base address of the reference, ends in /v1. A key comes from OCTET_API_KEY.", Required = true };
        var candidate = new Option<string>("--candidate") { Description = "Base address of the model compared with it.", Required = true };
        var baseModel = new Option<string>("--base-model") { Description = "Served name of the reference.", Required = true };
        var candidateModel = new Option<string>("--candidate-model") { Description = "Served name of the other.", Required = true };
        var tokenizer = new Option<string>("--tokenizer") { Description = "Folder with the tokenizer.json that both share.", Required = true };
        var text = new Option<FileInfo?>("--text") { Description = "Text file, cut into windows." };
        var prompts = new Option<FileInfo?>("--prompts") { Description = "JSONL file: {\"prompt\": ...} with an optional {\"completion\": ...}, or {\"messages\": [...]}, one a line; without completion the reference's own greedy answer is taken." };
        var window = new Option<int>("--window") { Description = "Tokens of a window.", DefaultValueFactory = _ => 256 };
        var top = new Option<int>("--top") { Description = "Likeliest tokens asked for at each position; the rest of the probability counts as one token.", DefaultValueFactory = _ => 20 };
        var answer = new Option<int>("--max-tokens") { Description = "Tokens of the reference's own answers.", DefaultValueFactory = _ => 64 };
        var concurrency = new Option<int>("--concurrency") { Description = "Requests at a time.", DefaultValueFactory = _ => 8 };
        var json = new Option<bool>("--json") { Description = "The report as JSON." };
        var command = new Command("kl", "KL divergence, top-1 agreement and perplexities of two served models on a text or on prompts.") { @base, candidate, baseModel, candidateModel, tokenizer, text, prompts, window, top, answer, concurrency, json };
        command.SetAction(async (parsed, cancellation) =>
        {
            var options = new DivergenceOptions
            {
                Base = new DivergenceEndpoint(EndpointOptions.Checked("--base", parsed.GetRequiredValue(@base)), parsed.GetRequiredValue(baseModel)),
                Candidate = new DivergenceEndpoint(EndpointOptions.Checked("--candidate", parsed.GetRequiredValue(candidate)), parsed.GetRequiredValue(candidateModel)),
                TokenizerPath = Path.GetFullPath(parsed.GetRequiredValue(tokenizer)),
                TextPath = parsed.GetValue(text)?.FullName,
                PromptsPath = parsed.GetValue(prompts)?.FullName,
                Window = OptionRange.AtLeast("--window", parsed.GetValue(window), 2),
                Top = OptionRange.AtLeast("--top", parsed.GetValue(top), 1),
                MaxTokens = OptionRange.AtLeast("--max-tokens", parsed.GetValue(answer), 1),
                Concurrency = OptionRange.AtLeast("--concurrency", parsed.GetValue(concurrency), 1),
                ApiKey = Environment.GetEnvironmentVariable("OCTET_API_KEY"),
            };
            using var counter = new LiveCounter(error, "windows");
            var report = await new DivergenceRun(options, TimeProvider.System).RunAsync(counter, cancellation);
            await output.WriteLineAsync(parsed.GetValue(json) ? JsonSerializer.Serialize(report, DivergenceJson.Default.DivergenceReport) : Text(report));
            return ExitCodes.Success;
        });
        return command;
    }

    private static string Text(DivergenceReport report)
    {
        var lines = new List<string>
        {
            string.Create(CultureInfo.InvariantCulture, $"{report.Positions} positions of {report.Items.Count} windows or prompts, {report.Top} tokens a position"),
            string.Create(CultureInfo.InvariantCulture, $"KL divergence      {report.MeanKl:0.000000} nats a token{Error(report.KlError)} (lower bound: tokens outside the {report.Top} count as one)"),
            string.Create(CultureInfo.InvariantCulture, $"top-1 agreement    {report.Agreement:0.0000}"),
            string.Create(CultureInfo.InvariantCulture, $"perplexity         {report.BasePerplexity:0.0000} and {report.CandidatePerplexity:0.0000}, difference {report.MeanNllDifference:+0.000000;-0.000000} nats a token{Error(report.NllError)}"),
        };
        lines.AddRange(report.Items.Where(item => item.IsPrompt).Select(item => string.Create(CultureInfo.InvariantCulture,
            $"prompt {item.Index + 1,4}: KL {item.Kl:0.000000}, agreement {item.Agreement:0.000}, {(item.FirstDifference is { } at ? $"first differing token {at + 1}: {JsonSerializer.Serialize(item.BaseToken)} and {JsonSerializer.Serialize(item.CandidateToken)}" : "no differing token")}")));
        return string.Join(Environment.NewLine, lines);
    }

    private static string Error(double? error) => error is { } value ? string.Create(CultureInfo.InvariantCulture, $" +- {value:0.000000}") : "";
}
