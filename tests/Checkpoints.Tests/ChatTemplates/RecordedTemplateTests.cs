using System.Text.Json;
using Octet.Checkpoints.ChatTemplates;
using Xunit;

namespace Octet.Checkpoints.Tests.ChatTemplates;

/// <summary>Against recordings of transformers' <c>apply_chat_template</c>.</summary>
public sealed class RecordedTemplateTests
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Data", "chat-templates");

    [Fact]
    public void Render_RecordedConversations_GivesTheRecordedTextsAndErrors() => Assert.All(Lines("cases.jsonl"), line => Check(line, () =>
    {
        string[] names = ["bos_token", "eos_token"];
        var tokens = names.Where(name => line.GetProperty(name).ValueKind == JsonValueKind.String).ToDictionary(name => name, name => line.GetProperty(name).GetString()!);
        var source = File.ReadAllText(Path.Combine(Folder, "templates", line.GetProperty("template").GetString() + ".jinja"));
        return ChatTemplate.Parse(source, tokens, new RecordedClock(line)).Render(new ChatTemplateRequest
        {
            Messages = line.GetProperty("messages"),
            Tools = line.GetProperty("tools") is { ValueKind: JsonValueKind.Array } tools ? tools : null,
            AddGenerationPrompt = line.GetProperty("add_generation_prompt").GetBoolean(),
            ContinueFinalMessage = line.GetProperty("continue_final_message").GetBoolean(),
            Variables = Members(line, "kwargs"),
        });
    }));

    [Fact]
    public void Render_RecordedSnippets_GivesTheRecordedTextsAndErrors() => Assert.All(Lines("snippets.jsonl"), line => Check(line, () =>
        ChatTemplate.Parse(line.GetProperty("template").GetString()!, clock: new RecordedClock(line)).RenderVariables(Members(line, "variables"))));

    private static void Check(JsonElement line, Func<string> render)
    {
        if (line.TryGetProperty("expected", out var expected))
        {
            Assert.Equal(expected.GetString(), render());
            return;
        }

        var failure = Assert.Throws<ChatTemplateException>(() => render());
        var type = line.GetProperty("error").GetProperty("type").GetString();
        Assert.Equal(Kind(type), failure.Failure is ChatTemplateFailure.Messages or ChatTemplateFailure.Limit ? ChatTemplateFailure.Runtime : failure.Failure);
        if (type == "TemplateError")
        {
            Assert.Equal(line.GetProperty("error").GetProperty("message").GetString(), failure.Message);
        }
    }

    private static ChatTemplateFailure Kind(string? type) => type switch
    {
        "TemplateError" => ChatTemplateFailure.Raised,
        "UndefinedError" => ChatTemplateFailure.Undefined,
        "SecurityError" => ChatTemplateFailure.Security,
        "TemplateSyntaxError" or "TemplateAssertionError" => ChatTemplateFailure.Syntax,
        _ => ChatTemplateFailure.Runtime,
    };

    private static Dictionary<string, JsonElement> Members(JsonElement line, string name) => line.GetProperty(name).EnumerateObject().ToDictionary(member => member.Name, member => member.Value);

    private static IEnumerable<JsonElement> Lines(string file) => File.ReadAllText(Path.Combine(Folder, file)).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonElement.Parse(line));

    private sealed class RecordedClock(JsonElement line) : TimeProvider
    {
        public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

        public override DateTimeOffset GetUtcNow() => new(line.GetProperty("now").GetDateTime(), TimeSpan.Zero);
    }
}
