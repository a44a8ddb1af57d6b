using Octet.AppHost.Deployment;
using Octet.AppHost.Settings;
using Octet.AppHost.Vllm;

namespace Octet.AppHost.Resources;

/// <summary>The two model servers.</summary>
public sealed record Twins(Twin Base, Twin Compressed);

/// <param name="Resource">What serves.</param>
/// <param name="Address">Its address without <c>/v1</c>.</param>
public sealed record Twin(IResourceBuilder<IResource> Resource, ReferenceExpression Address);

/// <summary>Adds the twins of the chosen engine.</summary>
public static class TwinsExtensions
{
    public static Twins AddTwins(this IDistributedApplicationBuilder builder, Plan plan, DeployTarget target)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(target);
        return plan.Engine switch
        {
            Engine.Endpoint => new Twins(builder.AddRunning(Variants.Base, plan.Settings.BaseEndpoint), builder.AddRunning(Variants.Compressed, plan.Settings.CompressedEndpoint)),
            Engine.Offline => builder.AddInferenceServers(plan),
            _ => AddVllmTwins(builder, plan, target),
        };
    }

    private static Twins AddVllmTwins(IDistributedApplicationBuilder builder, Plan plan, DeployTarget target)
    {
        var token = builder.AddParameter("hf-token", secret: true);
        var original = builder.AddVllm(Variants.Base, plan, target).WithHuggingFaceToken(token).ServesOriginal(plan.Model);
        var compressed = builder.AddVllm(Variants.Compressed, plan, target).WithHuggingFaceToken(token).ServesArtefact(plan, target);
        if (plan is { Engine: Engine.VllmGpu, Twins: TwinPlacement.Alternate })
        {
            compressed.AlternatesWith(original);
        }

        return new Twins(Server(original, original.Resource.Http), Server(compressed, compressed.Resource.Http));
    }

    private static Twin AddRunning(this IDistributedApplicationBuilder builder, string variant, string address)
    {
        var service = builder.AddExternalService(variant, new Uri(address)).WithHttpHealthCheck("/health");
        return new Twin(service, ReferenceExpression.Create($"{address}"));
    }

    internal static Twin Server(IResourceBuilder<IResource> resource, EndpointReference endpoint) =>
        new(resource, ReferenceExpression.Create($"{endpoint}"));
}
