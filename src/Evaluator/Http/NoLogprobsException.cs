using Octet.Contracts.Runs;

namespace Octet.Evaluator.Http;

/// <summary>The endpoint cannot score texts; it may still generate.</summary>
public sealed class NoLogprobsException(string message) : OctetException(FailureKind.Server, message);
