using Octet.LoadTester.Experiment;
using Xunit;

namespace Octet.LoadTester.Tests;

public sealed class ScheduleTests
{
    [Fact]
    public void Build_EveryBlock_RunsEachPointOncePerServerBackToBack()
    {
        var runs = Schedule.Build(2, [1, 4, 16], 5, 42);

        Assert.Equal(30, runs.Count);
        foreach (var pair in runs.Chunk(2))
        {
            Assert.Equal((pair[0].Block, pair[0].Concurrency, pair[0].Run), (pair[1].Block, pair[1].Concurrency, pair[1].Run));
            Assert.Equal([0, 1], pair.Select(run => run.Order));
            Assert.Equal([0, 1], pair.Select(run => run.Target).Order());
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    public void Build_FirstServerOfAPoint_AlternatesFromBlockToBlock(long seed)
    {
        var firsts = Schedule.Build(2, [1, 4, 16], 6, seed).Where(run => run.Order == 0).GroupBy(run => run.Concurrency);

        Assert.All(firsts, point => Assert.All(point.OrderBy(run => run.Block).Zip(point.OrderBy(run => run.Block).Skip(1)), pair => Assert.NotEqual(pair.First.Target, pair.Second.Target)));
    }

    [Fact]
    public void Build_SameSeed_GivesTheSameOrder() => Assert.Equal(Schedule.Build(2, [1, 2, 4, 8], 5, 9), Schedule.Build(2, [1, 2, 4, 8], 5, 9));
}
