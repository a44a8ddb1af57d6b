using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Octet.Contracts.Runs;

namespace Octet.Jobs;

/// <summary>The data root that services and workers share. Configuration: <c>DataRoot</c>, and <c>ReadOnlyRoots</c> separated by the system's path separator.</summary>
public static class DataRootRegistration
{
    public static IHostApplicationBuilder AddDataRoot(this IHostApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.TryAddSingleton(provider =>
        {
            var configuration = provider.GetRequiredService<IConfiguration>();
            var readable = (configuration["ReadOnlyRoots"] ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
            return new DataRoot(configuration["DataRoot"] ?? throw new OctetException(FailureKind.Usage, "DataRoot is not configured"), readable);
        });
        builder.Services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, DataRootOpening>());
        return builder;
    }
}

/// <summary>Opens the data root when the host starts: a wrong setting is told then, not in the first request.</summary>
internal sealed class DataRootOpening : IHostedService
{
    public DataRootOpening(DataRoot root) => ArgumentNullException.ThrowIfNull(root);

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
