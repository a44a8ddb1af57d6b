using System.Globalization;
using Octet.Contracts;
using Octet.Contracts.Results;
using Octet.Contracts.Runs;
using Octet.Pipeline.Cache;
using Octet.Pipeline.Serving;

namespace Octet.Pipeline.Stages;

/// <summary>Both servers up from the same flags, their resolved configurations read back and compared.</summary>
public sealed class ServeStage(ServerReader reader, StageCache cache, EvaluateStage evaluate, DivergenceStage divergence, LoadStage load) : IStage
{
    public string Name => "serve";

    public IReadOnlyList<string> Files => [RunFiles.Serving];

    /// <summary>Servers are needed unless all that asks them is in the cache.</summary>
    public string? CacheKey(StageContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        IStage[] asking = [evaluate, divergence, load];
        return asking.Where(stage => stage.IsWanted(context.Spec)).All(stage => stage.CacheKey(context) is { } key && cache.Has(stage.Name, key, stage.Files)) ? ServingKey(context) : null;
    }

    /// <summary>Everything that decides how the servers run.</summary>
    public static string ServingKey(StageContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        var serve = context.Spec.Serve;
        return ContentHash.Of(context.QuantizeKey, context.ArtifactHash, System.Text.Json.JsonSerializer.Serialize(new RunSpec { Serve = serve }, OctetJson.Default.RunSpec), Machine.Identity);
    }

    public async Task<string> RunAsync(StageContext context, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        var running = await context.Servers.GetAsync(context, cancellationToken);
        var @base = await reader.ReadAsync(Variants.Base, running.Base, context.ModelDirectory, cancellationToken);
        var compressed = await reader.ReadAsync(Variants.Compressed, running.Compressed, context.ArtifactDirectory, cancellationToken);
        var differences = ServerReader.Differences(@base, compressed).ToLookup(difference => ServerReader.ExpectedToDiffer.Contains(difference.Setting));
        var report = new ServingReport
        {
            Servers = [@base, compressed],
            ForbiddenDifferences = [.. differences[false]],
            ExpectedDifferences = [.. differences[true]],
            Direct = running.Base.Direct,
        };
        await ReportFile.WriteAsync(context.Folder.PathOf(RunFiles.Serving), report, OctetJson.Default.ServingReport, cancellationToken);
        cache.Keep(Name, ServingKey(context), Files, context.Folder.FullPath);
        if (report.ForbiddenDifferences is [var first, ..])
        {
            throw new OctetException(FailureKind.Server, $"the two servers differ in {first.Setting} ('{first.Base}' against '{first.Compressed}'); a comparison needs equal settings");
        }

        var ready = running is { Base.SecondsToReady: { } own, Compressed.SecondsToReady: { } other } ? string.Create(CultureInfo.InvariantCulture, $"both ready in {Math.Max(own, other):0.0} s") : "both answer";
        return string.Create(CultureInfo.InvariantCulture, $"{ready}; weights {@base.WeightBytes / 1e6:0.0} and {compressed.WeightBytes / 1e6:0.0} MB");
    }
}
