using System.Reflection;
using System.Security.Cryptography;
using System.Text.Json;
using Octet.Contracts.Runs;

namespace Octet.Reporter.Report;

/// <summary><c>manifest.json</c>: what the report was made from.</summary>
public sealed record RunManifest
{
    public required string OctetVersion { get; init; }
    public required string PolicySha256 { get; init; }

    /// <summary>Trace id of each stage that was traced: where its rows of the report come from.</summary>
    public required IReadOnlyDictionary<string, string> TraceIds { get; init; }

    /// <summary>What each row of the report comes from.</summary>
    public required IReadOnlyList<ReportRow> Rows { get; init; }
    public required MachineFacts Machine { get; init; }

    /// <summary>Who did the work of each stage, with the versions and the GPU that the workers announced: as preflight.json has it.</summary>
    public required JsonElement? Backends { get; init; }

    /// <summary>SHA-256 over the files of the two models, the original and the compressed one; null where the run did not note it.</summary>
    public required string? ModelSha256 { get; init; }
    public required string? ArtifactSha256 { get; init; }

    /// <summary>SHA-256 of every file that was read.</summary>
    public required IReadOnlyDictionary<string, string> Files { get; init; }

    public static async Task<RunManifest> CreateAsync(ReportInputs inputs, RunComparison comparison, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(comparison);
        var files = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var name in inputs.FilesRead)
        {
            var path = Path.Combine(inputs.Folder, name);
            if (!File.Exists(path))
            {
                throw new OctetException(FailureKind.Measurement, $"{path} is missing; run the run again");
            }

            await using var stream = File.OpenRead(path);
            files[name] = Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancellationToken));
        }

        var preflight = await PreflightAsync(Path.Combine(inputs.Folder, RunFiles.Preflight), cancellationToken);
        var (spec, noted) = (Path.Combine(inputs.Folder, RunFiles.Spec), Value(preflight, "policy_sha256")?.GetString());
        if (noted != comparison.PolicySha256)
        {
            throw new OctetException(FailureKind.Measurement, $"the policy of {spec} was changed after the run began: preflight noted {noted?[..Math.Min(8, noted.Length)] ?? "none"}, it is {comparison.PolicySha256[..8]} now; put it back, or start another run");
        }

        if ((Value(preflight, "look")?.GetInt32() ?? 1) is var look && look != (inputs.Spec.Look ?? 1))
        {
            throw new OctetException(FailureKind.Measurement, $"the look of {spec} was changed after the run began: preflight noted {look}, it is {inputs.Spec.Look ?? 1} now; put it back, or start another run");
        }

        return new RunManifest
        {
            OctetVersion = typeof(RunManifest).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? throw new InvalidOperationException("the assembly has no version"),
            PolicySha256 = comparison.PolicySha256,
            TraceIds = StageTraces.Read(Path.Combine(inputs.Folder, RunFiles.Events)),
            Rows = ReportRow.Of(inputs, comparison),
            Machine = comparison.Machine,
            Backends = Value(preflight, "backends"),
            ModelSha256 = Value(preflight, "model_sha256")?.GetString(),
            ArtifactSha256 = inputs.Artifact.Sha256,
            Files = files,
        };
    }

    private static JsonElement? Value(JsonElement preflight, string name) => preflight.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private static async Task<JsonElement> PreflightAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            await using var stream = File.OpenRead(path);
            using var preflight = await JsonDocument.ParseAsync(stream, cancellationToken: cancellationToken);
            return preflight.RootElement.ValueKind == JsonValueKind.Object ? preflight.RootElement.Clone() : throw new JsonException("it is no object");
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            throw new OctetException(FailureKind.Measurement, $"{path} is malformed ({exception.Message}); stage preflight writes it: run it again", exception);
        }
    }
}
