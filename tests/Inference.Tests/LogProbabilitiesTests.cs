using Octet.Inference.Sampling;
using Xunit;

namespace Octet.Inference.Tests;

public sealed class LogProbabilitiesTests
{
    [Fact]
    public void Describe_AtEveryLength_RanksByTheNumberOfGreaterLogits()
    {
        var random = new Random(5);
        for (var length = 1; length < 40; length++)
        {
            // Few distinct values: equal logits share a rank.
            float[] logits = [.. Enumerable.Range(0, length).Select(_ => random.Next(-4, 5) * 0.5f)];
            for (var token = 0; token < length; token++)
            {
                var described = LogProbabilities.Describe(logits, token, top: 0);

                Assert.Equal(1 + logits.Count(logit => logit > logits[token]), described.Token.Rank);
            }
        }
    }
}
