using System.Text.Json;
using Octet.Checkpoints.ChatTemplates;

namespace Octet.Cli.Parity.ChatTemplates;

/// <summary>Conversations through whole templates, against <c>apply_chat_template</c> of transformers.</summary>
public sealed class ChatTemplateSuite : IParitySuite
{
    private static readonly string[] TokenNames = ["bos_token", "eos_token"];

    public string Name => "chat-templates/cases";

    public bool IsPresent(ParityFolders folders) => File.Exists(Path.Combine(folders.Goldens, "chat-templates", "cases.jsonl"));

    public Task<ParityResult> RunAsync(ParityFolders folders, CancellationToken cancellationToken)
    {
        var tally = new ParityTally();
        var folder = Path.Combine(folders.Goldens, "chat-templates");
        tally.Try(Name, () =>
        {
            foreach (var line in JsonLines.Read(Path.Combine(folder, "cases.jsonl"), cancellationToken))
            {
                tally.Try("a case", () => ExpectedRendering.Check(tally, line, () => Render(folder, line)));
            }
        });
        return Task.FromResult(tally.Result("exact"));
    }

    private static string Render(string folder, JsonElement line)
    {
        var tokens = TokenNames
            .Where(name => line.GetProperty(name).ValueKind == JsonValueKind.String)
            .ToDictionary(name => name, name => line.GetProperty(name).GetString()!);
        var source = File.ReadAllText(Path.Combine(folder, "templates", line.GetProperty("template").GetString() + ".jinja"));
        var template = ChatTemplate.Parse(source, tokens, new FrozenClock(line.GetProperty("now").GetDateTime()));
        return template.Render(new ChatTemplateRequest
        {
            Messages = line.GetProperty("messages"),
            Tools = line.GetProperty("tools") is { ValueKind: not JsonValueKind.Null } tools ? tools : null,
            AddGenerationPrompt = line.GetProperty("add_generation_prompt").GetBoolean(),
            ContinueFinalMessage = line.GetProperty("continue_final_message").GetBoolean(),
            Variables = line.GetProperty("kwargs").EnumerateObject().ToDictionary(member => member.Name, member => member.Value),
        });
    }
}
