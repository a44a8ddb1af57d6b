using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Octet.Contracts.Jobs;
using StackExchange.Redis;

namespace Octet.Jobs.Tests;

/// <summary>What a test's worker does with a job.</summary>
public delegate Task<JobResult> Work(QuantizeJob job, IProgress<JobProgress> progress, CancellationToken cancellationToken);

/// <summary>A handler that a test writes in place.</summary>
public sealed class DelegateHandler(Work work) : IJobHandler<QuantizeJob>
{
    public Task<JobResult> HandleAsync(QuantizeJob job, IProgress<JobProgress> progress, CancellationToken cancellationToken) => work(job, progress, cancellationToken);
}

/// <summary>A host with the queue and any number of workers, as services build it.</summary>
public sealed class WorkerHost : IAsyncDisposable
{
    private readonly IHost _host;

    private WorkerHost(IHost host) => _host = host;

    public JobQueue Queue => _host.Services.GetRequiredService<JobQueue>();

    public static async Task<WorkerHost> StartAsync(string address, string queue, Work work, Action<JobQueueOptions>? configure = null, int workers = 1)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Logging.ClearProviders();
        builder.Configuration.AddInMemoryCollection([new("ConnectionStrings:redis", address)]);
        builder.AddJobQueue();
        builder.Services.Configure<JobQueueOptions>(options =>
        {
            options.PollInterval = TimeSpan.FromMilliseconds(50);
            options.RetryDelay = TimeSpan.FromMilliseconds(20);
            options.ProgressInterval = TimeSpan.Zero;
            configure?.Invoke(options);
        });
        builder.Services.AddSingleton(work);
        for (var worker = 0; worker < workers; worker++)
        {
            builder.Services.AddJobWorker<QuantizeJob, DelegateHandler>(queue);
        }

        var host = builder.Build();
        await host.StartAsync();
        return new WorkerHost(host);
    }

    /// <summary>Cuts the worker off as a kill does: it can neither acknowledge nor renew its lease.</summary>
    public ValueTask KillAsync() => _host.Services.GetRequiredService<IConnectionMultiplexer>().DisposeAsync();

    public Task StopAsync() => _host.StopAsync();

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        await ((IAsyncDisposable)_host).DisposeAsync();
    }
}
