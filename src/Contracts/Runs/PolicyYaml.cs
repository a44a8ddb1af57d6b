using Octet.Contracts.Runs.Yaml;

namespace Octet.Contracts.Runs;

/// <summary>A policy file: name, alpha and gates.</summary>
public static class PolicyYaml
{
    /// <param name="text">At most 64 Ki characters.</param>
    /// <param name="source">What error lines call the text: a file name.</param>
    /// <exception cref="OctetException">Kind Usage: every error of the text, each with line and column.</exception>
    public static Policy Parse(string text, string source)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentException.ThrowIfNullOrEmpty(source);
        var errors = new YamlErrors(source);
        var map = YamlTree.ReadMap(text, errors);
        var policy = map is null ? Policy.Default : PolicyReader.Read(new YamlFields(map, "", errors), gatesRequired: true);
        errors.ThrowIfAny();
        return policy;
    }

    /// <summary>Reads a file.</summary>
    /// <exception cref="OctetException">Kind Usage: the file cannot be read, or its text has errors.</exception>
    public static async Task<Policy> LoadAsync(string path, CancellationToken cancellationToken) =>
        Parse(await YamlFile.ReadAsync(path, cancellationToken), path);
}
