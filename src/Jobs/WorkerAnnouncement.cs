namespace Octet.Jobs;

/// <summary>What a live worker says of itself.</summary>
/// <param name="Worker">Its name in the queue.</param>
/// <param name="Versions">Tool versions by name, like "llmcompressor": "0.10.0".</param>
public sealed record WorkerAnnouncement(string Worker, IReadOnlyDictionary<string, string> Versions);
