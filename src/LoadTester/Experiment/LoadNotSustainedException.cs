using Octet.Contracts.Runs;

namespace Octet.LoadTester.Experiment;

/// <summary>A server that is there did not sustain the load of a run, so that the run has no figures: a search takes it as a load that fails.</summary>
public sealed class LoadNotSustainedException(FailureKind kind, string message, Exception? inner = null) : OctetException(kind, message, inner);
