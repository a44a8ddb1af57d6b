using System.Text.Json;
using Octet.Checkpoints.ChatTemplates;

namespace Octet.Cli.Parity.ChatTemplates;

/// <summary>Judges one rendering against its recorded text or error.</summary>
internal static class ExpectedRendering
{
    public static void Check(ParityTally tally, JsonElement line, Func<string> render)
    {
        var id = line.GetProperty("id").GetString();
        var (text, failure) = Run(render);
        if (line.TryGetProperty("expected", out var expected))
        {
            tally.Exact(text == expected.GetString(), () => $"{id}: {(failure is null ? JsonSerializer.Serialize(text) : failure.Message)} instead of {expected.GetRawText()}");
            return;
        }

        var error = line.GetProperty("error");
        var (type, message) = (error.GetProperty("type").GetString(), error.GetProperty("message").GetString());
        tally.Exact(failure is not null && Agrees(failure, type, message), () => $"{id}: {(failure is null ? JsonSerializer.Serialize(text) : $"{failure.Failure} {failure.Message}")} instead of {type} '{message}'");
    }

    private static (string? Text, ChatTemplateException? Failure) Run(Func<string> render)
    {
        try
        {
            return (render(), null);
        }
        catch (ChatTemplateException failure)
        {
            return (null, failure);
        }
    }

    /// <summary>The template's own refusals with their words; kinds that a client must tell apart; for the rest only that it fails.</summary>
    private static bool Agrees(ChatTemplateException failure, string? type, string? message) => type switch
    {
        "TemplateError" => failure.Failure == ChatTemplateFailure.Raised && failure.Message == message,
        "UndefinedError" => failure.Failure == ChatTemplateFailure.Undefined,
        "SecurityError" => failure.Failure == ChatTemplateFailure.Security,
        "TemplateSyntaxError" or "TemplateAssertionError" => failure.Failure == ChatTemplateFailure.Syntax,
        _ => failure.Failure is ChatTemplateFailure.Runtime or ChatTemplateFailure.Messages or ChatTemplateFailure.Limit,
    };
}
