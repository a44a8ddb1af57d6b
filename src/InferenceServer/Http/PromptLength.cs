namespace Octet.InferenceServer.Http;

/// <summary>How much of a prompt is taken and how long it may be.</summary>
internal static class PromptLength
{
    /// <summary>The last ids that <c>truncate_prompt_tokens</c> keeps; -1 keeps what the context holds.</summary>
    /// <exception cref="ApiException">The field is out of range, or nothing is left.</exception>
    public static IReadOnlyList<int> Truncate(RequestFields fields, IReadOnlyList<int> ids, int limit)
    {
        if (fields.Int("truncate_prompt_tokens") is not { } most)
        {
            return ids;
        }

        if (most < -1)
        {
            throw ApiException.Invalid("truncate_prompt_tokens", "Input should be greater than or equal to -1", $"{most}");
        }

        if (most > limit)
        {
            throw ApiException.Bad($"truncate_prompt_tokens={most} cannot be greater than max_model_len = {limit}. Please request a smaller truncation size. (parameter=truncate_prompt_tokens, value={most})", "truncate_prompt_tokens");
        }

        var kept = Math.Min(ids.Count, most == -1 ? limit : most);
        return kept > 0 ? [.. ids.Skip(ids.Count - kept)] : throw ApiException.Bad("The decoder prompt cannot be empty");
    }

    /// <param name="tokens">Length of the prompt.</param>
    /// <param name="limit">Longest prompt plus output.</param>
    /// <param name="fromText">The ids come from a text: vLLM stops reading it one token beyond the limit.</param>
    /// <exception cref="ApiException">There is no room for a token of output.</exception>
    public static void Check(int tokens, int limit, bool fromText)
    {
        if (tokens > limit)
        {
            var (count, value) = fromText ? ($"at least {limit + 1}", limit + 1) : ($"{tokens}", tokens);
            throw ApiException.Bad($"This model's maximum context length is {limit} tokens. However, your prompt contains {count} input tokens, which exceeds this limit even without any output tokens. Please reduce the length of the input prompt. (parameter=input_tokens, value={value})", "input_tokens");
        }

        if (tokens == limit)
        {
            throw ApiException.Bad("max_tokens must be at least 1, got 0. (parameter=max_tokens, value=0)", "max_tokens");
        }
    }
}
