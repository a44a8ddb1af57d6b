using System.CommandLine;
using Octet.Contracts.Runs;

namespace Octet.Cli.Commands;

/// <summary>Options of every command that measures a served model.</summary>
internal static class EndpointOptions
{
    public static readonly Option<string> Endpoint = new("--endpoint") { Description = "Base address that ends in /v1. A key comes from OCTET_API_KEY.", Required = true };
    public static readonly Option<string> Model = new("--model") { Description = "Served model name.", Required = true };
    public static readonly Option<string> TokenizerFolder = new("--tokenizer") { Description = "Folder with the model's tokenizer.json.", Required = true };
    public static readonly Option<string> Target = new("--output") { Description = "Folder for the results.", DefaultValueFactory = _ => "octet-results" };
    public static readonly Option<bool> Json = new("--json") { Description = "The report as JSON." };

    public static string EndpointText(ParseResult parsed) => Checked("--endpoint", parsed.GetRequiredValue(Endpoint));

    /// <exception cref="OctetException">Kind Usage: not an http address that ends in /v1.</exception>
    public static string Checked(string name, string given)
    {
        var text = given.TrimEnd('/');
        return Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" && text.EndsWith("/v1", StringComparison.Ordinal)
            ? text
            : throw new OctetException(FailureKind.Usage, $"{name} '{text}' is not an http address that ends in /v1");
    }
}
