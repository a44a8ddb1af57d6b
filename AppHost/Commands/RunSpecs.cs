using Octet.AppHost.Resources;
using Octet.AppHost.Settings;
using Octet.AppHost.Vllm;
using Octet.Contracts.Runs;

namespace Octet.AppHost.Commands;

/// <summary>Specifications of runs on the servers of this application.</summary>
/// <param name="plan">Model and flags as the servers were started with.</param>
/// <param name="gateway">Where clients reach both servers.</param>
/// <param name="twins">Own addresses of the servers, where they alternate.</param>
internal sealed class RunSpecs(Plan plan, EndpointReference gateway, Twins twins)
{
    /// <summary>The configured model with the defaults of <c>octet run</c>.</summary>
    public RunSpec Default() => OnTheseServers(new RunSpec { Model = plan.Model.IsDemo ? null : plan.Model.Reference });

    /// <summary>A file, on the servers of this application: what it says of serving gives way to how they run.</summary>
    /// <exception cref="OctetException">The file is missing or wrong; every error is named.</exception>
    public async Task<RunSpec> FromFileAsync(string path, CancellationToken cancellationToken) =>
        OnTheseServers(await RunSpecYaml.LoadAsync(path, cancellationToken).ConfigureAwait(false));

    private bool Alternate => plan is { Engine: Engine.VllmGpu, Twins: TwinPlacement.Alternate };

    /// <summary>The gateway does not forward sleep and wake-up.</summary>
    private static string AddressOf(Twin twin) => ((VllmResource)twin.Resource.Resource).Http.Url;

    private RunSpec OnTheseServers(RunSpec spec) => spec with
    {
        Serve = spec.Serve with
        {
            Backend = "endpoint",
            BaseEndpoint = $"{gateway.Url}/base/v1",
            CompressedEndpoint = $"{gateway.Url}/compressed/v1",
            Twins = Alternate ? "alternate" : "together",
            BaseServer = Alternate ? AddressOf(twins.Base) : null,
            CompressedServer = Alternate ? AddressOf(twins.Compressed) : null,
            MaxNumSeqs = plan.MaxNumSeqs,
            MaxNumBatchedTokens = plan.Settings.Vllm.MaxNumBatchedTokens,
            MaxModelLen = plan.MaxModelLen,
            EnableChunkedPrefill = plan.Settings.Vllm.EnableChunkedPrefill,
            EnablePrefixCaching = plan.Settings.Vllm.EnablePrefixCaching,
            GpuMemoryUtilization = plan.Settings.Vllm.GpuMemoryUtilization,
        },
    };
}
