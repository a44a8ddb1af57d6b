using Octet.Checkpoints;
using Octet.Checkpoints.ChatTemplates;
using Octet.Checkpoints.Tokenizers;
using Octet.Inference;
using Octet.Inference.Guidance;
using Octet.InferenceServer.Http;
using Octet.InferenceServer.Metrics;

namespace Octet.InferenceServer.Hosting;

/// <summary>A model being served: engine, tokenizer, chat template, metrics.</summary>
public sealed class ServedModel : IDisposable
{
    private readonly Lazy<GuideCompiler> _guides;

    public ServedModel(ServeOptions options, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(time);
        if (!Directory.Exists(options.ModelPath))
        {
            throw new CheckpointException($"model folder '{options.ModelPath}' does not exist");
        }

        Path = options.ModelPath;
        Name = options.ServedModelName ?? options.ModelPath;
        Tokenizer = Tokenizer.Load(options.ModelPath);
        ChatTemplate = ChatTemplate.Load(options.ModelPath);
        EnablePromptTokensDetails = options.EnablePromptTokensDetails;
        Time = time;
        Started = time.GetUtcNow().ToUnixTimeSeconds();
        Engine = LlmEngine.Load(options.ModelPath, options.Engine, time);
        Metrics = new ServerMetrics(Engine, Name, time.GetUtcNow());
        _guides = new Lazy<GuideCompiler>(() => new GuideCompiler(new TokenVocabulary([.. Enumerable.Range(0, Tokenizer.VocabSize).Select(Tokenizer.TokenBytes)], Engine.Model.EosTokenIds)));
    }

    /// <summary>Compiles demands on the form of a text; its vocabulary is read at the first use.</summary>
    public GuideCompiler Guides => _guides.Value;

    public string Path { get; }

    public string Name { get; }

    public LlmEngine Engine { get; }

    public Tokenizer Tokenizer { get; }

    /// <summary>Null when the folder has none: chat requests are refused.</summary>
    public ChatTemplate? ChatTemplate { get; }

    public ServerMetrics Metrics { get; }

    /// <summary>The usage tells how many prompt tokens came from the cache.</summary>
    public bool EnablePromptTokensDetails { get; }

    public TimeProvider Time { get; }

    /// <summary>Unix seconds.</summary>
    public long Started { get; }

    /// <summary>Version of this server, for fingerprints and reports.</summary>
    public static string Version { get; } = typeof(ServedModel).Assembly.GetName().Version?.ToString(3) ?? "0.0.0";

    /// <exception cref="ApiException">Another model is asked for.</exception>
    public void CheckName(RequestFields fields)
    {
        if (fields.Text("model") is { Length: > 0 } asked && asked != Name)
        {
            throw ApiException.NotFound(asked, Name);
        }
    }

    /// <summary>A token's own text; empty for a part of a character.</summary>
    public string TokenText(int id, bool asId)
    {
        if (asId)
        {
            return $"token_id:{id}";
        }

        var text = Tokenizer.TokenText(id);
        return text.EndsWith('\uFFFD') ? "" : text;
    }

    public void Dispose() => Engine.Dispose();
}
