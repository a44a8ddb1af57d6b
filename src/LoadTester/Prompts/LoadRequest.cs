namespace Octet.LoadTester.Prompts;

/// <summary>One request to send.</summary>
/// <param name="Body">JSON of a streamed completion.</param>
/// <param name="Chat">It goes to /chat/completions.</param>
public readonly record struct LoadRequest(ReadOnlyMemory<byte> Body, bool Chat);
