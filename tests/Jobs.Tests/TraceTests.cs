using System.Collections.Concurrent;
using System.Diagnostics;
using Xunit;
using static Octet.Jobs.Tests.JobSamples;

namespace Octet.Jobs.Tests;

public sealed class TraceTests(QueueServers servers)
{
    public static TheoryData<string> Kinds => QueueServers.Kinds;

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task EnqueueAsync_InsideASpan_HandlerRunsInItsTrace(string kind)
    {
        var token = TestContext.Current.CancellationToken;
        var queue = NewQueue();
        var spans = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name is JobTelemetry.SourceName or "caller",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = spans.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        ActivityContext inside = default;
        await using var host = await WorkerHost.StartAsync(await servers.AddressAsync(kind), queue, (job, _, _) =>
        {
            inside = Activity.Current!.Context;
            return Done(job);
        });
        using var source = new ActivitySource("caller");
        using var caller = source.StartActivity("run");

        var id = await host.Queue.EnqueueAsync(queue, Job(), token);
        Assert.IsType<JobUpdate.Completed>(await host.Queue.EndAsync(id, token));

        var sent = Assert.Single(spans, span => span.OperationName == $"send {queue}");
        var processed = Assert.Single(spans, span => span.OperationName == $"process {queue}");
        Assert.Equal((caller!.SpanId, ActivityKind.Producer), (sent.ParentSpanId, sent.Kind));
        Assert.Equal((sent.SpanId, ActivityKind.Consumer), (processed.ParentSpanId, processed.Kind));
        Assert.Equal((caller.TraceId, processed.SpanId), (inside.TraceId, inside.SpanId));
        Assert.True(processed.HasRemoteParent);
    }
}
