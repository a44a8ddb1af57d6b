using Grpc.Core;
using Grpc.Net.Client;
using Octet.AppHost.Resources;
using Octet.AppHost.Settings;
using Octet.Contracts.Pipeline.V1;
using Octet.Contracts.Runs;

namespace Octet.AppHost.Commands;

/// <summary>Buttons of the pipeline in the dashboard.</summary>
public static class RunCommands
{
    private const string SpecArgument = "spec";

    /// <summary>"Run", "Run with spec..." and "Open report".</summary>
    public static IResourceBuilder<ProjectResource> WithRunCommands(this IResourceBuilder<ProjectResource> pipeline, IResourceBuilder<ProjectResource> gateway, Twins twins, Plan plan)
    {
        ArgumentNullException.ThrowIfNull(pipeline);
        ArgumentNullException.ThrowIfNull(gateway);
        ArgumentNullException.ThrowIfNull(twins);
        ArgumentNullException.ThrowIfNull(plan);
        var specs = new RunSpecs(plan, gateway.GetEndpoint(ServiceExtensions.Http), twins);
        var grpc = pipeline.GetEndpoint(ServiceExtensions.Grpc);
        var reports = new Reports(plan.DataRoot);
        return pipeline
            .WithCommand("run", "Run", context => StartAsync(grpc, () => Task.FromResult(specs.Default()), context.CancellationToken),
                new CommandOptions { Description = "Start a run of the configured model.", IconName = "Play", IsHighlighted = true, UpdateState = WhenHealthy })
            .WithCommand("run-with-spec", "Run with spec...", context => StartAsync(grpc, () => specs.FromFileAsync(context.Arguments[SpecArgument].Value ?? "", context.CancellationToken), context.CancellationToken),
                new CommandOptions { Description = "Start a run from a YAML file.", IconName = "DocumentArrowRight", UpdateState = WhenHealthy, Arguments = [SpecFile()] })
            .WithCommand("open-report", "Open report", _ => Task.FromResult(reports.Show()),
                new CommandOptions { Description = "Show comparison.md of the newest finished run.", IconName = "DocumentText", UpdateState = _ => ResourceCommandState.Enabled });
    }

    private static InteractionInput SpecFile() => new()
    {
        Name = SpecArgument,
        Label = "Run specification",
        Description = "Path of a YAML file on this machine.",
        InputType = InputType.Text,
        Required = true,
    };

    private static ResourceCommandState WhenHealthy(UpdateCommandStateContext context) =>
        context.ResourceSnapshot.HealthStatus == Microsoft.Extensions.Diagnostics.HealthChecks.HealthStatus.Healthy ? ResourceCommandState.Enabled : ResourceCommandState.Disabled;

    private static async Task<ExecuteCommandResult> StartAsync(EndpointReference grpc, Func<Task<RunSpec>> spec, CancellationToken cancellationToken)
    {
        try
        {
            using var channel = GrpcChannel.ForAddress(grpc.Url);
            var client = new PipelineService.PipelineServiceClient(channel);
            var started = await client.StartRunAsync(new StartRunRequest { SpecYaml = RunSpecYaml.Write(await spec().ConfigureAwait(false)) }, cancellationToken: cancellationToken).ConfigureAwait(false);
            return CommandResults.Success($"Run {started.RunId} started; the pipeline's log and traces show its stages.");
        }
        catch (RpcException failure)
        {
            return CommandResults.Failure(failure.Status.Detail);
        }
        catch (OctetException failure)
        {
            return CommandResults.Failure(failure.Message);
        }
    }
}
