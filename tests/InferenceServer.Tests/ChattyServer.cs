using Octet.TestSupport;
using Xunit;

namespace Octet.InferenceServer.Tests;

/// <summary>stories260K with a chat template beside it.</summary>
public sealed class ChattyServer : IAsyncLifetime
{
    private const string Template = """
        {%- if tools %}[{{ tools | length }} tools]{% endif %}{%- if style is defined %}({{ style }}){% endif %}
        {%- for message in messages %}<{{ message.role }}>{{ message.content }}</{{ message.role }}>{% endfor %}
        {%- if messages[0].content == 'never' %}{{ raise_exception('this model does not answer that') }}{% endif %}
        {%- if add_generation_prompt %}<assistant>{% endif %}
        """;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("octet-chat-");
    private StoriesServer? _server;

    public StoriesServer Server => _server ?? throw new InvalidOperationException("the server is not started");

    public async ValueTask InitializeAsync()
    {
        foreach (var file in Directory.GetFiles(Fixtures.Model("stories260K")))
        {
            File.Copy(file, Path.Combine(_folder.FullName, Path.GetFileName(file)));
        }

        await File.WriteAllTextAsync(Path.Combine(_folder.FullName, "chat_template.jinja"), Template, TestContext.Current.CancellationToken);
        _server = await StoriesServer.StartAsync(StoriesServer.Options with { ModelPath = _folder.FullName });
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        _folder.Delete(recursive: true);
    }
}
