using Octet.Checkpoints.ChatTemplates;

namespace Octet.Cli.Parity.ChatTemplates;

/// <summary>Single features of the template language, against Jinja2 in the environment of transformers.</summary>
public sealed class TemplateSnippetSuite : IParitySuite
{
    public string Name => "chat-templates/snippets";

    public bool IsPresent(ParityFolders folders) => File.Exists(Snippets(folders));

    public Task<ParityResult> RunAsync(ParityFolders folders, CancellationToken cancellationToken)
    {
        var tally = new ParityTally();
        tally.Try(Name, () =>
        {
            foreach (var line in JsonLines.Read(Snippets(folders), cancellationToken))
            {
                tally.Try("a snippet", () => ExpectedRendering.Check(tally, line, () => ChatTemplate
                    .Parse(line.GetProperty("template").GetString()!, clock: new FrozenClock(line.GetProperty("now").GetDateTime()))
                    .RenderVariables(line.GetProperty("variables").EnumerateObject().ToDictionary(member => member.Name, member => member.Value))));
            }
        });
        return Task.FromResult(tally.Result("exact"));
    }

    private static string Snippets(ParityFolders folders) => Path.Combine(folders.Goldens, "chat-templates", "snippets.jsonl");
}
