using System.CommandLine;
using System.Globalization;
using Octet.Contracts.Runs;
using Octet.LoadTester.MockServer;

namespace Octet.Cli.Commands;

/// <summary><c>octet mock-server</c>: a server without a model, with programmed times and faults.</summary>
internal static class MockServerCommand
{
    private static readonly MockServerOptions Defaults = new();
    private static readonly Option<string> Host = new("--host") { Description = "Address to listen on.", DefaultValueFactory = _ => Defaults.Host };
    private static readonly Option<int> Port = new("--port") { Description = "Port; 0 takes a free one and prints it.", DefaultValueFactory = _ => 8000 };
    private static readonly Option<string> Model = new("--served-model-name") { Description = "Model name.", DefaultValueFactory = _ => Defaults.Model };
    private static readonly Option<long> Seed = new("--seed") { Description = "Fixes every draw: the n-th request has the same times and faults in every process.", DefaultValueFactory = _ => Defaults.Seed };
    private static readonly Option<string> Ttft = new("--ttft") { Description = $"Milliseconds from the request to its first token: {Distribution.Forms}.", DefaultValueFactory = _ => Defaults.Ttft.ToString() };
    private static readonly Option<string> Itl = new("--itl") { Description = "Milliseconds between two tokens, drawn for each; forms as --ttft.", DefaultValueFactory = _ => Defaults.Itl.ToString() };
    private static readonly Option<string> Jitter = new("--jitter") { Description = "Milliseconds added to the TTFT and to every gap; forms as --ttft.", DefaultValueFactory = _ => Defaults.Jitter.ToString() };
    private static readonly Option<double> ItlSlope = new("--itl-slope") { Description = "Milliseconds that each other running request adds to a gap.", DefaultValueFactory = _ => Defaults.ItlSlope };
    private static readonly Option<string> Stall = new("--stall") { Description = "Milliseconds that a stalled stream rests; forms as --ttft.", DefaultValueFactory = _ => Defaults.Stall.ToString() };
    private static readonly Option<string[]> Faults = new("--fault") { Description = $"{Fault.Forms}. May be given more than once; the first that is drawn strikes." };
    private static readonly Option<int> TokensPerEvent = new("--tokens-per-event") { Description = "Tokens in one event.", DefaultValueFactory = _ => Defaults.TokensPerEvent };
    private static readonly Option<int> MaxRunning = new("--max-running") { Description = "Requests that run at once; others wait. 0: no limit.", DefaultValueFactory = _ => Defaults.MaxRunning };
    private static readonly Option<bool> NoUsage = new("--no-usage") { Description = "Never send usage." };
    private static readonly Option<double> HitRate = new("--prefix-cache-hit-rate") { Description = "Share of the prompt tokens that /metrics calls prefix-cache hits.", DefaultValueFactory = _ => Defaults.PrefixCacheHitRate };
    private static readonly Option<bool> Http2 = new("--http2") { Description = "HTTP/2 without TLS (prior knowledge) instead of HTTP/1.1." };
    private static readonly Option<string?> Truth = new("--truth-log") { Description = "JSONL file: one line a request with what was really done and when, on the machine's monotonic clock." };

    public static Command Create(TextWriter output)
    {
        var command = new Command("mock-server", "Serve OpenAI's endpoints without a model, with programmed times and faults, for testing load generators. Ctrl+C ends it with code 0.")
        {
            Host, Port, Model, Seed, Ttft, Itl, Jitter, ItlSlope, Stall, Faults, TokensPerEvent, MaxRunning, NoUsage, HitRate, Http2, Truth,
        };
        command.SetAction(async (parsed, cancellation) =>
        {
            var options = Read(parsed);
            await using var log = parsed.GetValue(Truth) is { } path ? new TruthLog(Create(path)) : null;
            await using var server = await MockOpenAiServer.StartAsync(options, truth => log?.Add(truth), TimeProvider.System, cancellation);
            await output.WriteLineAsync($"mock server at {server.Endpoint} (model {options.Model}, seed {options.Seed.ToString(CultureInfo.InvariantCulture)})");
            await output.FlushAsync(cancellation);
            await server.RunAsync(cancellation);
            return ExitCodes.Success;
        });
        return command;
    }

    private static MockServerOptions Read(ParseResult parsed) => new()
    {
        Host = parsed.GetRequiredValue(Host),
        Port = parsed.GetValue(Port) is >= 0 and <= 65535 and var port ? port : throw Wrong("--port is not a number from 0 to 65535"),
        Model = parsed.GetRequiredValue(Model),
        Seed = parsed.GetValue(Seed),
        Ttft = Times(parsed, Ttft),
        Itl = Times(parsed, Itl),
        Jitter = Times(parsed, Jitter),
        Stall = Times(parsed, Stall),
        ItlSlope = parsed.GetValue(ItlSlope) is >= 0 and <= 60_000 and var slope ? slope : throw Wrong("--itl-slope is not a number from 0 to 60000"),
        Faults = [.. (parsed.GetValue(Faults) ?? []).Select(text => Fault.Parse(text, Faults.Name))],
        TokensPerEvent = parsed.GetValue(TokensPerEvent) is > 0 and var tokens ? tokens : throw Wrong("--tokens-per-event is not a number above 0"),
        MaxRunning = parsed.GetValue(MaxRunning) is >= 0 and var running ? running : throw Wrong("--max-running is below 0"),
        Usage = !parsed.GetValue(NoUsage),
        PrefixCacheHitRate = parsed.GetValue(HitRate) is >= 0 and <= 1 and var rate ? rate : throw Wrong("--prefix-cache-hit-rate is not a number from 0 to 1"),
        Http2 = parsed.GetValue(Http2),
    };

    private static Distribution Times(ParseResult parsed, Option<string> option) => Distribution.Parse(parsed.GetRequiredValue(option), option.Name);

    private static FileStream Create(string path)
    {
        try
        {
            return new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read, 1 << 16, useAsync: true);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            throw new OctetException(FailureKind.Storage, $"--truth-log '{path}' cannot be written: {refused.Message}", refused);
        }
    }

    private static OctetException Wrong(string message) => new(FailureKind.Usage, message);
}
