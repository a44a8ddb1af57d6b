using System.Text.Json;
using Octet.AppHost.Deployment;
using Octet.AppHost.Settings;

namespace Octet.AppHost.Resources;

/// <summary>The queue of jobs: Redis with persistence, or Garnet with an append-only file where there is no container engine.</summary>
public static class QueueExtensions
{
    private const string RedisData = "/data";
    private const string PasswordName = "queue-password";

    public static IResourceBuilder<IResourceWithConnectionString> AddQueue(this IDistributedApplicationBuilder builder, string name, Plan plan, DeployTarget target)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(target);
        var password = builder.AddParameter(PasswordName, new GenerateParameterDefault { MinLength = 32, Special = false }, secret: true, persist: true);
        return plan.ContainerEngine ? builder.AddRedisQueue(name, password, target) : builder.AddGarnetQueue(name, password, plan);
    }

    /// <summary>Plain TCP: the queue's clients of both languages take the address as it is.</summary>
    private static IResourceBuilder<RedisResource> AddRedisQueue(this IDistributedApplicationBuilder builder, string name, IResourceBuilder<ParameterResource> password, DeployTarget target)
    {
        var redis = builder.AddRedis(name, password: password).WithPersistence(TimeSpan.FromSeconds(10), keysChangedThreshold: 1);
        target.Mount(redis, Volumes.Queue, RedisData);
        target.Size(redis);
        return builder.ExecutionContext.IsRunMode ? redis.WithoutHttpsCertificate() : redis;
    }

    private static IResourceBuilder<GarnetResource> AddGarnetQueue(this IDistributedApplicationBuilder builder, string name, IResourceBuilder<ParameterResource> password, Plan plan)
    {
        var folder = Path.Combine(plan.DataRoot, "queue");
        var settings = Path.Combine(folder, "garnet.json");
        var garnet = builder.AddDotnetTool(new GarnetResource(name, password.Resource)).WithToolVersion(GarnetResource.Version)
            .WithEndpoint(name: GarnetResource.EndpointName, scheme: "tcp")
            .OnBeforeResourceStarted((resource, _, cancellation) => WriteSettingsAsync(settings, folder, resource.Password, cancellation));
        return garnet.WithArgs("--config-import-path", settings, "--port", garnet.Resource.Endpoint.Property(EndpointProperty.TargetPort));
    }

    /// <summary>A file, because a password on a command line can be read by every user of the machine.</summary>
    private static async Task WriteSettingsAsync(string path, string folder, ParameterResource password, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(folder);
        var settings = new GarnetSettings(folder, (await password.GetValueAsync(cancellationToken).ConfigureAwait(false))!);
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        await using var file = new FileStream(path, options);
        await JsonSerializer.SerializeAsync(file, settings, cancellationToken: cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Every write is in the append-only file before it counts; the same sizes as the embedded queue of the command line.</summary>
    private sealed record GarnetSettings(string CheckpointDir, string Password)
    {
        public string Address { get; } = "127.0.0.1";
        public string AuthenticationMode { get; } = "Password";
        public bool Recover { get; } = true;
        public bool EnableAOF { get; } = true;
        public int CommitFrequencyMs { get; }
        public string DeviceType { get; } = "RandomAccess";
        public string LogMemorySize { get; } = "64m";
        public string PageSize { get; } = "1m";
        public string IndexMemorySize { get; } = "4m";
        public string AofMemorySize { get; } = "32m";
        public string AofPageSize { get; } = "4m";
        public bool QuietMode { get; } = true;
    }
}
