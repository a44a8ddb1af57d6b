using Octet.LoadTester.Prompts;
using Xunit;

namespace Octet.LoadTester.Tests;

public sealed class PromptSourceTests
{
    private static readonly PromptSource Source = new(Enumerable.Range(100, 500), 32, 8);

    [Fact]
    public void Ids_DifferentRequests_ShareNoPrefix()
    {
        var prompts = Enumerable.Range(0, 20).SelectMany(run => Enumerable.Range(0, 50).Select(index => string.Join(',', Source.Ids(1, run, index).Take(16))));

        Assert.Equal(1000, prompts.Distinct().Count());
    }

    [Fact]
    public void Ids_SameRequest_IsTheSameForBothServers()
    {
        Assert.Equal(Source.Ids(5, 3, 7), Source.Ids(5, 3, 7));
        Assert.Equal(32, Source.Ids(5, 3, 7).Length);
    }
}
