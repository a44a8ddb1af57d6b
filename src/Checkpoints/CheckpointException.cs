namespace Octet.Checkpoints;

/// <summary>A model folder is missing, damaged or not supported. The message says what, where and what to do, in one line.</summary>
public sealed class CheckpointException(string message, Exception? inner = null) : Exception(message, inner);
