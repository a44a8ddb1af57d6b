using System.Text.Json;
using Octet.Checkpoints.Models;

namespace Octet.Checkpoints.ChatTemplates;

/// <summary>Finds the template and the special tokens of a model folder.</summary>
internal static class ChatTemplateFiles
{
    private static readonly string[] TokenNames = ["bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"];

    public static (string Source, string Path, IReadOnlyDictionary<string, string> SpecialTokens)? Read(string directory)
    {
        var template = Path.Combine(directory, "chat_template.jinja");
        var config = Path.Combine(directory, "tokenizer_config.json");
        using var document = File.Exists(config) ? ModelConfigReader.ReadJson(config) : null;
        var tokens = document is null ? [] : SpecialTokens(document.RootElement);
        if (File.Exists(template))
        {
            return (ReadText(template), template, tokens);
        }

        return document is not null && Embedded(document.RootElement) is { } source ? (source, config, tokens) : null;
    }

    /// <summary>A text, or the default one of a list of named ones.</summary>
    private static string? Embedded(JsonElement config)
    {
        if (!config.TryGetProperty("chat_template", out var template))
        {
            return null;
        }

        return template.ValueKind switch
        {
            JsonValueKind.String => template.GetString(),
            JsonValueKind.Array => template.EnumerateArray().Where(entry => Text(entry, "name") == "default").Select(entry => Text(entry, "template")).FirstOrDefault(),
            _ => null,
        };
    }

    private static Dictionary<string, string> SpecialTokens(JsonElement config)
    {
        var tokens = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var name in TokenNames)
        {
            if (config.TryGetProperty(name, out var token) && (token.ValueKind == JsonValueKind.String ? token.GetString() : Text(token, "content")) is { } text)
            {
                tokens[name] = text;
            }
        }

        return tokens;
    }

    private static string? Text(JsonElement element, string key) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(key, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static string ReadText(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new CheckpointException($"{path} cannot be read: {exception.Message}", exception);
        }
    }
}
