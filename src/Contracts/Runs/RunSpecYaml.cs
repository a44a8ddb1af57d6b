using Octet.Contracts.Runs.Yaml;

namespace Octet.Contracts.Runs;

/// <summary>A run specification as YAML: names in kebab-case, every part optional.</summary>
public static class RunSpecYaml
{
    /// <param name="text">At most 64 Ki characters.</param>
    /// <param name="source">What error lines call the text: a file name.</param>
    /// <exception cref="OctetException">Kind Usage: every error of the text, each with line and column.</exception>
    public static RunSpec Parse(string text, string source)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentException.ThrowIfNullOrEmpty(source);
        var errors = new YamlErrors(source);
        var map = YamlTree.ReadMap(text, errors);
        var spec = map is null ? new RunSpec() : RunSpecReader.Read(new YamlFields(map, "", errors));
        errors.ThrowIfAny();
        return spec;
    }

    /// <summary>Reads a file.</summary>
    /// <exception cref="OctetException">Kind Usage: the file cannot be read, or its text has errors.</exception>
    public static async Task<RunSpec> LoadAsync(string path, CancellationToken cancellationToken) =>
        Parse(await YamlFile.ReadAsync(path, cancellationToken), path);

    /// <summary>The whole specification, defaults written out; <see cref="Parse"/> gives it back.</summary>
    public static string Write(RunSpec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        return RunSpecWriter.Write(spec);
    }
}
