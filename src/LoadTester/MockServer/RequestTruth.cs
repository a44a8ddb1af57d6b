namespace Octet.LoadTester.MockServer;

/// <summary>How a request ended, seen from the server.</summary>
public enum AnswerOutcome
{
    /// <summary>All tokens and the finish reason were written.</summary>
    Completed,

    /// <summary>An injected HTTP or stream error, or an empty body.</summary>
    Failed,

    /// <summary>Ended in the middle on purpose.</summary>
    Truncated,

    /// <summary>The connection was reset on purpose.</summary>
    Disconnected,

    /// <summary>The client left before the end.</summary>
    ClientLeft,

    /// <summary>The request itself was wrong; answered with status 400.</summary>
    Refused,
}

/// <summary>What a mock server really did with one request: a line of its truth log. Times are nanoseconds of the machine's monotonic clock, the
/// one of every other process on it; 0 where the thing did not happen.</summary>
public sealed record RequestTruth
{
    /// <summary>Number of the request on this server, from 1, by arrival.</summary>
    public required int Number { get; init; }

    /// <summary>The <c>id</c> of the answer.</summary>
    public required string Id { get; init; }

    /// <summary>Connection it came on.</summary>
    public required string Connection { get; init; }
    public required string Path { get; init; }
    public bool Stream { get; set; }

    /// <summary>Token ids of the prompt, or its words where it came as text (the mock has no tokenizer).</summary>
    public int PromptTokens { get; set; }

    /// <summary>FNV-1a of the prompt's JSON, 64 bits, as hexadecimal.</summary>
    public string PromptHash { get; set; } = "";

    /// <summary>Tokens asked for.</summary>
    public int Asked { get; set; }

    /// <summary>Tokens written.</summary>
    public int Sent { get; set; }
    public int Status { get; set; }

    /// <summary>The fault that was drawn: <c>none</c>, a status, or a kind.</summary>
    public string Fault { get; set; } = "none";
    public AnswerOutcome Outcome { get; set; }

    /// <summary>Requests on the server when it came, itself included.</summary>
    public required int Active { get; init; }

    /// <summary>The TTFT that was drawn, in milliseconds; the real one is <see cref="FirstToken"/> minus <see cref="Granted"/>.</summary>
    public double PlannedTtftMs { get; set; }
    public required long Received { get; init; }

    /// <summary>It left the queue.</summary>
    public long Granted { get; set; }

    /// <summary>Just before the first token was written.</summary>
    public long FirstToken { get; set; }

    /// <summary>Just before the last token was written.</summary>
    public long LastToken { get; set; }
    public long Ended { get; set; }

    /// <summary>Microseconds from <see cref="Received"/> to just before each token was written.</summary>
    public List<int> TokenUs { get; init; } = [];
}
