using Xunit;

namespace Octet.Architecture.Tests;

/// <summary>What no product code does.</summary>
public sealed class CodeTests
{
    private const int LongestMethod = 80;

    [Fact]
    public void Time_ComesFromATimeProvider()
    {
        (string Type, string Member)[] clocks = [("DateTime", "UtcNow"), ("DateTime", "Now"), ("DateTime", "Today"), ("DateTimeOffset", "UtcNow"), ("DateTimeOffset", "Now"), ("Environment", "TickCount"), ("Environment", "TickCount64")];

        Assert.Empty(SourceTree.Product.SelectMany(tree => clocks.SelectMany(clock => tree.Uses(clock.Type, clock.Member))));
    }

    [Fact]
    public void Threads_DoNotSleep()
    {
        Assert.Empty(SourceTree.Product.SelectMany(tree => tree.Uses("Thread", "Sleep")));
    }

    [Fact]
    public void Tasks_AreAwaited()
    {
        Assert.Empty(SourceTree.Product.Where(tree => !tree.Path.StartsWith("AppHost/", StringComparison.Ordinal)).SelectMany(tree => tree.BlockingWaits()));
        Assert.Empty(SourceTree.Product.SelectMany(tree => tree.LostTasks().Concat(tree.AsyncVoids())));
    }

    [Fact]
    public void Registration_BuildsNoProvider()
    {
        Assert.Empty(SourceTree.Product.Where(tree => tree.Path.EndsWith("Extensions.cs", StringComparison.Ordinal) || tree.Path.EndsWith("Registration.cs", StringComparison.Ordinal)).SelectMany(tree => tree.Calls("BuildServiceProvider")));
    }

    [Fact]
    public void Methods_AreShort()
    {
        var kernels = SourceTree.Product.Where(tree => !tree.Path.Contains("/Kernels/", StringComparison.Ordinal));

        Assert.Empty(kernels.SelectMany(tree => tree.Methods().Where(method => method.Lines > LongestMethod).Select(method => $"{tree.Path}: {method.Name} has {method.Lines} lines")));
    }
}
