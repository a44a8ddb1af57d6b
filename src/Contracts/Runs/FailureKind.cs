namespace Octet.Contracts.Runs;

/// <summary>Why a stage or command failed; each has its own exit code.</summary>
public enum FailureKind
{
    /// <summary>Not expected: a defect of Octet.</summary>
    Internal = 3,

    /// <summary>A flag, spec or policy is wrong.</summary>
    Usage = 4,

    /// <summary>The model folder is missing, damaged or not supported.</summary>
    Model = 5,

    /// <summary>The compressed artefact does not pass its checks.</summary>
    Artifact = 6,

    /// <summary>A server did not start, died or does not answer.</summary>
    Server = 7,

    /// <summary>A port, a file lock or another resource is taken.</summary>
    ResourceBusy = 8,

    /// <summary>Disk full, or not writable.</summary>
    Storage = 9,

    /// <summary>A data set or task is missing or malformed.</summary>
    Dataset = 10,

    /// <summary>A backend that the spec asks for is not there.</summary>
    BackendUnavailable = 11,

    /// <summary>The measurement is void, for example too many failed requests.</summary>
    Measurement = 12,
}

/// <summary>An expected failure with one line that says what, where and what to do.</summary>
public class OctetException(FailureKind kind, string message, Exception? inner = null) : Exception(message, inner)
{
    public FailureKind Kind { get; } = kind;
}
