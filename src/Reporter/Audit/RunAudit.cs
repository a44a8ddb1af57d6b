using System.Runtime.InteropServices;
using System.Text.Json;
using Octet.Contracts.Runs;
using Octet.Reporter.Report;

namespace Octet.Reporter.Audit;

/// <summary>Recomputes a run's report from the rows that its stages left, and lists what these rows do not hold.</summary>
public static class RunAudit
{
    /// <summary>Functions as exp and log may differ in their last bits between platforms; what the report derives by them is off by far less than this.</summary>
    private const double OtherPlatform = 1e-9;

    /// <param name="folder">Of the run.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="OctetException">A file is missing or cannot be read at all.</exception>
    public static async Task<AuditResult> RunAsync(string folder, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        var manifest = await ReportFile.ReadAsync(Path.Combine(folder, RunFiles.Manifest), ReportJson.Default.RunManifest, "compare", cancellationToken);
        var markdown = await TextAsync(Path.Combine(folder, RunFiles.ComparisonMarkdown), cancellationToken);
        using var reported = Parse(Path.Combine(folder, RunFiles.Comparison), await TextAsync(Path.Combine(folder, RunFiles.Comparison), cancellationToken));
        var inputs = await ReportInputs.LoadAsync(folder, await RunSpecYaml.LoadAsync(Path.Combine(folder, RunFiles.Spec), cancellationToken), cancellationToken);
        var log = new AuditLog();
        var machine = manifest.Machine;
        var json = new JsonDifference(log, machine.OperatingSystem == RuntimeInformation.OSDescription && machine.Runtime == RuntimeInformation.FrameworkDescription ? 0 : OtherPlatform);
        inputs = Recount(inputs, log);
        log.NotRecomputable($"{RunFiles.Preflight}, {RunFiles.Quantize}, {RunFiles.Artifact}, {RunFiles.Serving}: every number");
        log.NotRecomputable($"{RunFiles.Comparison}, {RunFiles.Manifest}: the machine and the version of Octet, which no other file holds");
        try
        {
            var recomputed = RunComparison.From(inputs, machine);
            var found = await RunManifest.CreateAsync(inputs, recomputed, cancellationToken) with { OctetVersion = manifest.OctetVersion };
            json.Of(RunFiles.Manifest + " ", JsonSerializer.SerializeToElement(manifest, ReportJson.Default.RunManifest), JsonSerializer.SerializeToElement(RowOrigins.Of(folder, manifest, found, log), ReportJson.Default.RunManifest));
            json.Of(RunFiles.Comparison + " ", reported.RootElement, JsonSerializer.SerializeToElement(recomputed, ReportJson.Default.RunComparison));
            new MarkdownDifference(RunFiles.ComparisonMarkdown, log).Of(markdown, new MarkdownReport(inputs, recomputed).Write());
        }
        catch (OctetException refused)
        {
            log.Add(RunFiles.Comparison, "a comparison", $"none: {refused.Message}");
        }

        return new AuditResult(log.Numbers, inputs.BaseSamples.Count + inputs.CompressedSamples.Count, inputs.Requests.Count, log.Mismatches, log.NotInRows, log.Unread);
    }

    private static ReportInputs Recount(ReportInputs inputs, AuditLog log) => inputs with
    {
        BaseResults = new EvaluationRecount(RunFiles.Results(Variants.Base), RunFiles.Samples(Variants.Base), log).Of(inputs.BaseResults, inputs.BaseSamples, inputs.CompressedSamples),
        CompressedResults = new EvaluationRecount(RunFiles.Results(Variants.Compressed), RunFiles.Samples(Variants.Compressed), log).Of(inputs.CompressedResults, inputs.CompressedSamples, inputs.BaseSamples),
        Divergence = inputs.Divergence is null ? null : new DivergenceRecount(log).Of(inputs.Divergence),
        Load = new LoadRecount(log).Of(inputs.Load, inputs.Requests),
    };

    private static async Task<string> TextAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            return await File.ReadAllTextAsync(path, cancellationToken);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new OctetException(FailureKind.Measurement, $"{path} is missing; stage compare writes it: octet resume goes on", exception);
        }
    }

    private static JsonDocument Parse(string path, string text)
    {
        try
        {
            return JsonDocument.Parse(text);
        }
        catch (JsonException exception)
        {
            throw new OctetException(FailureKind.Measurement, $"{path} is malformed ({exception.Message}); stage compare writes it: run it again", exception);
        }
    }
}
