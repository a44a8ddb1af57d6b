namespace Octet.InferenceServer.Http;

/// <summary>Which detail members a usage object carries beside its three counts; vLLM's answers differ in it.</summary>
internal enum UsageDetail
{
    None,

    /// <summary>Those of the completion: usage in every chunk of a chat.</summary>
    Completion,

    /// <summary>Those of prompt and completion: answers in one piece.</summary>
    All,
}
