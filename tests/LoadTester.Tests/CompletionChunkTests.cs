using System.Text;
using Octet.LoadTester.Http;
using Xunit;

namespace Octet.LoadTester.Tests;

public sealed class CompletionChunkTests
{
    [Theory]
    [InlineData("""{"id":"x","choices":[{"index":0,"text":"a","logprobs":{"tokens":["text"]},"finish_reason":null}],"usage":{"prompt_tokens":3,"completion_tokens":1}}""", true, 1, false)]
    [InlineData("""{"choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}""", false, null, false)]
    [InlineData("""{"choices":[{"index":0,"delta":{"content":"hi"},"finish_reason":"stop"}]}""", true, null, true)]
    [InlineData("""{"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":9,"details":{"completion_tokens":4}}}""", false, 9, false)]
    public void Parse_Chunk_TellsTextUsageAndEnd(string json, bool text, int? tokens, bool finished)
    {
        var chunk = CompletionChunk.Parse(Encoding.UTF8.GetBytes(json));

        Assert.Equal((text, tokens, finished, null), (chunk.HasText, chunk.CompletionTokens, chunk.Finished, chunk.Error));
    }

    [Fact]
    public void Parse_ErrorInsideTheStream_GivesItsMessage() =>
        Assert.Equal("boom", CompletionChunk.Parse("""{"error":{"message":"boom","code":500}}"""u8).Error);
}
