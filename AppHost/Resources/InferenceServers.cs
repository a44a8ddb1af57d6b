using Octet.AppHost.Settings;

namespace Octet.AppHost.Resources;

/// <summary>Two processes of our own CPU engine, with vLLM's flags.</summary>
internal static class InferenceServers
{
    public static Twins AddInferenceServers(this IDistributedApplicationBuilder builder, Plan plan)
    {
        var original = builder.AddInferenceServer(Variants.Base, plan, plan.Model.Name, () => plan.Model.Folder!);
        var artefact = new Artefact(Path.Combine(plan.DataRoot, "models"), plan.Model.CompressedName);
        var compressed = builder.AddInferenceServer(Variants.Compressed, plan, plan.Model.CompressedName, () => artefact.Newest ?? artefact.Pattern)
            .OnBeforeResourceStarted((_, _, cancellation) => artefact.WaitAsync(cancellation));
        return new Twins(
            TwinsExtensions.Server(original, original.GetEndpoint(ServiceExtensions.Http)),
            TwinsExtensions.Server(compressed, compressed.GetEndpoint(ServiceExtensions.Http)));
    }

    /// <summary>The model folder is asked for when the server starts, not when the application is composed.</summary>
    private static IResourceBuilder<ProjectResource> AddInferenceServer(this IDistributedApplicationBuilder builder, string variant, Plan plan, string servedName, Func<string> model)
    {
        var server = builder.AddProject<Projects.InferenceServer>(variant).WithHttpEndpoint(name: ServiceExtensions.Http).WithHttpHealthCheck("/health", endpointName: ServiceExtensions.Http);
        var port = server.GetEndpoint(ServiceExtensions.Http).Property(EndpointProperty.TargetPort);
        return server.AsCallersSample().WithArgs(context =>
        {
            foreach (var argument in (ReadOnlySpan<object>)[model(), "--host", "127.0.0.1", "--port", port, "--served-model-name", servedName, .. Flags(plan)])
            {
                context.Args.Add(argument);
            }
        });
    }

    private static string[] Flags(Plan plan) =>
    [
        "--max-num-seqs", ServiceExtensions.Text(plan.MaxNumSeqs),
        "--max-num-batched-tokens", ServiceExtensions.Text(plan.Settings.Vllm.MaxNumBatchedTokens),
        "--max-model-len", ServiceExtensions.Text(plan.MaxModelLen),
        plan.Settings.Vllm.EnableChunkedPrefill ? "--enable-chunked-prefill" : "--no-enable-chunked-prefill",
        plan.Settings.Vllm.EnablePrefixCaching ? "--enable-prefix-caching" : "--no-enable-prefix-caching",
    ];
}
