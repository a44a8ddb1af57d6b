namespace Octet.Checkpoints;

/// <summary>A model folder is missing, damaged or not supported. The message says what, where and what to do, in one line.</summary>
public class CheckpointException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>A checkpoint cannot be written: the disk is full, the folder is taken or not writable.</summary>
public sealed class CheckpointStorageException(string message, Exception? inner = null) : CheckpointException(message, inner);
