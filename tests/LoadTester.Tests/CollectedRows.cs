using System.Collections.Concurrent;
using Octet.Contracts.Results;
using Octet.LoadTester.Experiment;
using Octet.LoadTester.OpenLoop;

namespace Octet.LoadTester.Tests;

/// <summary>What a closed-loop experiment left, in memory.</summary>
internal sealed record LoadResult(LoadReport Report, IReadOnlyList<RequestRow> Rows);

/// <summary>What an open-loop experiment left, in memory.</summary>
internal sealed record OpenLoadResult(OpenLoadReport Report, IReadOnlyList<RequestRow> Rows);

/// <summary>Keeps every row.</summary>
internal sealed class CollectedRows : IRequestSink
{
    private readonly ConcurrentQueue<RequestRow> _rows = [];

    /// <summary>In the order of the runs and of being sent.</summary>
    public IReadOnlyList<RequestRow> Rows => [.. _rows.OrderBy(row => row.Block).ThenBy(row => row.Order).ThenBy(row => row.Concurrency).ThenBy(row => row.Index)];

    public ValueTask AddAsync(RequestRow row, CancellationToken cancellationToken)
    {
        _rows.Enqueue(row);
        return ValueTask.CompletedTask;
    }

    public Task EndRunAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}

/// <summary>Experiments whose rows stay in memory.</summary>
internal static class Collecting
{
    public static async Task<LoadResult> CollectAsync(this LoadExperiment experiment, CancellationToken cancellation)
    {
        var rows = new CollectedRows();
        return new LoadResult(await experiment.RunAsync(rows, null, cancellation), rows.Rows);
    }

    public static async Task<OpenLoadResult> CollectAsync(this OpenLoopExperiment experiment, ArrivalSchedule schedule, OpenLoopOptions options, CancellationToken cancellation)
    {
        var rows = new CollectedRows();
        return new OpenLoadResult(await experiment.RunAsync([schedule], 1, options, rows, null, cancellation), rows.Rows);
    }
}
