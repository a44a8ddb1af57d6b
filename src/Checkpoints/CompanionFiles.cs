using Octet.Checkpoints.SafeTensors;

namespace Octet.Checkpoints;

/// <summary>The files of a model folder that a changed copy of it takes over as they are: tokenizer, chat template, generation settings.</summary>
public static class CompanionFiles
{
    private static readonly string[] Names =
    [
        "generation_config.json", "tokenizer.json", "tokenizer_config.json", "tokenizer.model", "special_tokens_map.json", "added_tokens.json",
        "vocab.json", "merges.txt", "chat_template.jinja", "chat_template.json",
    ];

    /// <param name="modelDirectory">The original model folder.</param>
    /// <param name="writer">Of the copy.</param>
    public static void Copy(string modelDirectory, CheckpointWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        foreach (var name in Names.Where(name => File.Exists(Path.Combine(modelDirectory, name))))
        {
            writer.WriteFile(name, File.ReadAllBytes(Path.Combine(modelDirectory, name)));
        }
    }
}
