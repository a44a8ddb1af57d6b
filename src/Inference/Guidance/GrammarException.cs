namespace Octet.Inference.Guidance;

/// <summary>A grammar that cannot be used: malformed, not supported (the message names the part), or too large.</summary>
public sealed class GrammarException(string message) : Exception(message);
