namespace Octet.Checkpoints.ChatTemplates;

/// <summary>What a template from a model folder may use, so that none can hang or fill the process.</summary>
public sealed record ChatTemplateLimits
{
    /// <summary>Largest template in characters.</summary>
    public int TemplateLength { get; init; } = 1 << 20;

    /// <summary>Evaluated nodes and visited elements of one rendering.</summary>
    public long Steps { get; init; } = 5_000_000;

    /// <summary>Characters and list elements made by one rendering, intermediate ones included.</summary>
    public long Size { get; init; } = 1 << 26;

    public TimeSpan Time { get; init; } = TimeSpan.FromSeconds(5);
}
