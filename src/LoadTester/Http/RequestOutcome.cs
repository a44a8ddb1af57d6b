namespace Octet.LoadTester.Http;

/// <summary>What happened to one streamed request; times are timestamps of the generator's TimeProvider, 0 when it did not happen.</summary>
public record struct RequestOutcome
{
    public long Sent { get; set; }
    public long FirstToken { get; set; }
    public long LastToken { get; set; }
    public long Ended { get; set; }
    public int PromptTokens { get; set; }

    /// <summary>By the server's usage; without usage the number of events with text.</summary>
    public int OutputTokens { get; set; }
    public int Status { get; set; }

    /// <summary>Timestamp of the event that brought each output token; null before the first token.</summary>
    public List<long>? TokenTimes { get; set; }

    /// <summary>Null when the stream ended as it should.</summary>
    public string? Error { get; set; }
}
