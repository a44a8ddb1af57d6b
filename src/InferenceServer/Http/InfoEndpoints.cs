using System.Globalization;
using System.Text.Json;
using Octet.InferenceServer.Hosting;

namespace Octet.InferenceServer.Http;

/// <summary>What a server says of itself: <c>/v1/models</c>, <c>/version</c>, <c>/load</c>, <c>/metrics</c>, <c>/octet/config</c>.</summary>
public sealed class InfoEndpoints(ServedModel model)
{
    public Task ModelsAsync(HttpContext context) => JsonReply.SendAsync(context, 200, writer =>
    {
        writer.WriteStartObject();
        writer.WriteString("object", "list");
        writer.WriteStartArray("data");
        writer.WriteStartObject();
        writer.WriteString("id", model.Name);
        writer.WriteString("object", "model");
        writer.WriteNumber("created", model.Started);
        writer.WriteString("owned_by", "octet");
        writer.WriteString("root", model.Path);
        writer.WriteNull("parent");
        writer.WriteNumber("max_model_len", model.Engine.Info.MaxModelLen);
        writer.WriteStartArray("permission");
        WritePermission(writer, model.Started);
        writer.WriteEndArray();
        writer.WriteEndObject();
        writer.WriteEndArray();
        writer.WriteEndObject();
    });

    /// <summary>vLLM lists one permission of everybody; old clients read it.</summary>
    private static void WritePermission(Utf8JsonWriter writer, long created)
    {
        writer.WriteStartObject();
        writer.WriteString("id", $"modelperm-{Guid.NewGuid():N}");
        writer.WriteString("object", "model_permission");
        writer.WriteNumber("created", created);
        foreach (var (name, allowed) in (ReadOnlySpan<(string, bool)>)[("allow_create_engine", false), ("allow_sampling", true), ("allow_logprobs", true), ("allow_search_indices", false), ("allow_view", true), ("allow_fine_tuning", false)])
        {
            writer.WriteBoolean(name, allowed);
        }

        writer.WriteString("organization", "*");
        writer.WriteNull("group");
        writer.WriteBoolean("is_blocking", false);
        writer.WriteEndObject();
    }

    public static Task VersionAsync(HttpContext context) => JsonReply.SendAsync(context, 200, writer =>
    {
        writer.WriteStartObject();
        writer.WriteString("version", "octet-" + ServedModel.Version);
        writer.WriteEndObject();
    });

    public Task LoadAsync(HttpContext context) => JsonReply.SendAsync(context, 200, writer =>
    {
        writer.WriteStartObject();
        writer.WriteNumber("server_load", model.Engine.Statistics.Running + model.Engine.Statistics.Waiting);
        writer.WriteEndObject();
    });

    public Task MetricsAsync(HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        context.Response.ContentType = "text/plain; version=0.0.4; charset=utf-8";
        return context.Response.WriteAsync(model.Metrics.Write(), context.RequestAborted);
    }

    /// <summary>The resolved configuration as a flat map of text: what a comparison reads back and diffs.</summary>
    public Task ConfigAsync(HttpContext context) => JsonReply.SendAsync(context, 200, writer =>
    {
        writer.WriteStartObject();
        foreach (var (name, value) in Config())
        {
            writer.WriteString(name, value);
        }

        writer.WriteEndObject();
    });

    private IEnumerable<(string Name, string Value)> Config()
    {
        var info = model.Engine.Info;
        yield return ("engine", "octet");
        yield return ("engine_version", ServedModel.Version);
        yield return ("model", model.Path);
        yield return ("served_model_name", model.Name);
        yield return ("architecture", model.Engine.Model.ArchitectureName);
        yield return ("dtype", info.Dtype.ToString().ToLowerInvariant());
        yield return ("quantization", info.Quantization ?? "none");
        yield return ("max_model_len", Text(info.MaxModelLen));
        yield return ("max_num_seqs", Text(info.MaxNumSeqs));
        yield return ("max_num_batched_tokens", Text(info.MaxNumBatchedTokens));
        yield return ("enable_chunked_prefill", info.EnableChunkedPrefill ? "true" : "false");
        yield return ("enable_prefix_caching", info.EnablePrefixCaching ? "true" : "false");
        yield return ("block_size", Text(info.BlockSize));
        yield return ("num_blocks", Text(info.Blocks));
        yield return ("kv_cache_dtype", "float32");
        yield return ("kv_cache_bytes", Text(info.KvCacheBytes));
        yield return ("kv_cache_tokens", Text((long)info.Blocks * info.BlockSize));
        yield return ("weight_bytes", Text(info.WeightBytes));
        yield return ("threads", Text(info.Threads));
        yield return ("kernels", info.KernelSet);
        yield return ("synthetic", model.Engine.Model.Synthetic ? "true" : "false");
        if (model.Engine.Model.PlantedOutliers is { } outliers)
        {
            yield return ("planted_outliers", outliers);
        }
    }

    private static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);
}
