using System.Text.Json;
using Octet.Checkpoints.ChatTemplates;
using Xunit;

namespace Octet.Checkpoints.Tests.ChatTemplates;

public sealed class HostileTemplateTests
{
    private const string Characters = "{}%#-+'\"()[].,|=~\\ 0a\n";
    private static readonly Dictionary<string, JsonElement> None = [];

    [Theory]
    [InlineData("{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}")]
    [InlineData("{{ 'a' * 1000000000000 }}")]
    [InlineData("{{ ('a' * 9999999).replace('a', 'b' * 9999999) }}")]
    [InlineData("{{ [0] * 99999999999 }}")]
    [InlineData("{{ 9 ** 9999999 }}")]
    [InlineData("{{ '%999999999d' % 1 }}")]
    [InlineData("{{ 'x'.center(999999999) }}")]
    [InlineData("{{ 'x'|indent(999999999, true) }}")]
    [InlineData("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}")]
    [InlineData("{% set ns = namespace() %}{% set ns.a = ns %}{{ ns }}")]
    [InlineData("{% set ns = namespace(a=[0]) %}{% for i in range(60) %}{% set ns.a = [ns.a, ns.a] %}{% endfor %}{{ ns.a }}")]
    [InlineData("{% set ns = namespace(a=[0]) %}{% for i in range(60) %}{% set ns.a = [ns.a, ns.a] %}{% endfor %}{{ ns.a|tojson }}")]
    [InlineData("{% set ns = namespace(a=[0], b=[0]) %}{% for i in range(60) %}{% set ns.a = [ns.a, ns.a] %}{% set ns.b = [ns.b, ns.b] %}{% endfor %}{{ ns.a == ns.b }}")]
    public void Render_WorkWithoutEnd_StopsAtALimit(string source)
    {
        var template = ChatTemplate.Parse(source, limits: new ChatTemplateLimits { Steps = 200_000, Size = 1 << 22 });

        Assert.Equal(ChatTemplateFailure.Limit, Assert.Throws<ChatTemplateException>(() => template.RenderVariables(None)).Failure);
    }

    [Theory]
    [InlineData("{{ ", "(", "1", ")", " }}")]
    [InlineData("{{ ", "[", "1", "]", " }}")]
    [InlineData("{{ ", "not ", "1", "", " }}")]
    [InlineData("{{ ", "-", "1", "", " }}")]
    [InlineData("{{ 1", "+1", "", "", " }}")]
    [InlineData("{{ x", ".a", "", "", " }}")]
    [InlineData("{{ x", "|trim", "", "", " }}")]
    [InlineData("", "{% if 1 %}", "x", "{% endif %}", "")]
    public void Parse_DeepNesting_NeverEndsTheProcess(string head, string open, string middle, string close, string tail)
    {
        var source = head + string.Concat(Enumerable.Repeat(open, 60_000)) + middle + string.Concat(Enumerable.Repeat(close, 60_000)) + tail;

        var failure = Record.Exception(() => ChatTemplate.Parse(source).RenderVariables(None));

        Assert.True(failure is null or ChatTemplateException, $"{failure}");
    }

    [Fact]
    public void Parse_MutatedTemplates_FailOnlyWithATemplateException()
    {
        var random = new Random(5);
        foreach (var path in Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "Data", "chat-templates", "templates")))
        {
            var original = File.ReadAllText(path);
            for (var i = 0; i < 60; i++)
            {
                var text = original.ToCharArray();
                for (var j = random.Next(1, 5); j > 0; j--)
                {
                    text[random.Next(text.Length)] = Characters[random.Next(Characters.Length)];
                }

                var failure = Record.Exception(() => ChatTemplate.Parse(new string(text)).Render([new ChatMessage("user", "Hi")], addGenerationPrompt: true));
                Assert.True(failure is null or ChatTemplateException, $"{failure}");
            }
        }
    }

    [Fact]
    public void Load_TokenizerConfig_GivesTemplateAndSpecialTokens()
    {
        var folder = Directory.CreateTempSubdirectory().FullName;
        Assert.Null(ChatTemplate.Load(folder));
        File.WriteAllText(Path.Combine(folder, "tokenizer_config.json"), """
            {"bos_token":{"content":"<s>"},"eos_token":"</s>","chat_template":[{"name":"tool_use","template":"no"},{"name":"default","template":"{{ bos_token }}{{ messages[0].content }}{{ eos_token }}"}]}
            """);

        Assert.Equal("<s>Hi</s>", ChatTemplate.Load(folder)!.Render([new ChatMessage("user", "Hi")], addGenerationPrompt: false));
    }
}
