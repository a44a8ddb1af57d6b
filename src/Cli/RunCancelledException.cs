namespace Octet.Cli;

/// <summary>A run was cancelled; the message is one line that says how to go on.</summary>
internal sealed class RunCancelledException(string message, CancellationToken cancellationToken) : OperationCanceledException(message, cancellationToken);
