using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Octet.Jobs.Queue;
using StackExchange.Redis;

namespace Octet.Jobs;

/// <summary>Puts the queue and its workers into a host.</summary>
public static class JobRegistration
{
    private const string ConnectionName = "redis";

    /// <summary>Adds <see cref="JobQueue"/> and its health check, connected to ConnectionStrings:redis. Safe to call more than once.</summary>
    public static IHostApplicationBuilder AddJobQueue(this IHostApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var services = builder.Services;
        if (services.Any(service => service.ServiceType == typeof(JobQueue)))
        {
            return builder;
        }

        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<IValidateOptions<JobQueueOptions>, JobQueueOptionsValidator>();
        services.AddOptions<JobQueueOptions>()
            .Bind(builder.Configuration.GetSection("Jobs"))
            .Configure<IConfiguration>((options, configuration) => options.ConnectionString = configuration.GetConnectionString(ConnectionName) ?? options.ConnectionString)
            .ValidateOnStart();
        services.TryAddSingleton<IConnectionMultiplexer>(provider => Connect(provider.GetRequiredService<IOptions<JobQueueOptions>>().Value));
        services.AddSingleton<JobQueue>();
        services.AddHealthChecks().AddCheck<QueueHealthCheck>(ConnectionName);
        return builder;
    }

    /// <summary>Adds a worker for one queue; its handler is created anew, in its own scope, for every job.</summary>
    /// <param name="services">After <see cref="AddJobQueue"/>.</param>
    /// <param name="queueName">A name of <see cref="JobQueues"/>.</param>
    public static IServiceCollection AddJobWorker<TJob, THandler>(this IServiceCollection services, string queueName)
        where THandler : class, IJobHandler<TJob>
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentException.ThrowIfNullOrEmpty(queueName);
        services.TryAddScoped<THandler>();
        return services.AddSingleton<IHostedService>(provider => new JobWorker<TJob>(queueName, scope => scope.GetRequiredService<THandler>(), provider));
    }

    private static ConnectionMultiplexer Connect(JobQueueOptions options)
    {
        var configuration = ConfigurationOptions.Parse(options.ConnectionString);
        configuration.AbortOnConnectFail = false;
        configuration.ClientName = "octet";
        return ConnectionMultiplexer.Connect(configuration);
    }
}
