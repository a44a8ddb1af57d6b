using Octet.AppHost.Settings;
using Octet.Contracts.Runs;

namespace Octet.AppHost.Commands;

/// <summary>Specifications of runs on the servers of this application.</summary>
/// <param name="plan">Model and flags as the servers were started with.</param>
/// <param name="gateway">Where clients reach both servers.</param>
internal sealed class RunSpecs(Plan plan, EndpointReference gateway)
{
    /// <summary>The configured model with the defaults of <c>octet run</c>.</summary>
    public RunSpec Default() => OnTheseServers(new RunSpec { Model = plan.Model.IsDemo ? null : plan.Model.Reference });

    /// <summary>A file, on the servers of this application: what it says of serving gives way to how they run.</summary>
    /// <exception cref="OctetException">The file is missing or wrong; every error is named.</exception>
    public async Task<RunSpec> FromFileAsync(string path, CancellationToken cancellationToken) =>
        OnTheseServers(await RunSpecYaml.LoadAsync(path, cancellationToken).ConfigureAwait(false));

    private RunSpec OnTheseServers(RunSpec spec) => spec with
    {
        Serve = spec.Serve with
        {
            Backend = "endpoint",
            BaseEndpoint = $"{gateway.Url}/base/v1",
            CompressedEndpoint = $"{gateway.Url}/compressed/v1",
            MaxNumSeqs = plan.MaxNumSeqs,
            MaxNumBatchedTokens = plan.Settings.Vllm.MaxNumBatchedTokens,
            MaxModelLen = plan.MaxModelLen,
            EnableChunkedPrefill = plan.Settings.Vllm.EnableChunkedPrefill,
            EnablePrefixCaching = plan.Settings.Vllm.EnablePrefixCaching,
            GpuMemoryUtilization = plan.Settings.Vllm.GpuMemoryUtilization,
        },
    };
}
