using System.Text.Json;

namespace Octet.Contracts.Runs.Yaml;

/// <summary>Enum members as YAML spells them.</summary>
internal static class YamlNames
{
    /// <summary><c>GateMetric.MeanNll</c> is <c>mean-nll</c>.</summary>
    public static string Of<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.KebabCaseLower.ConvertName(value.ToString());
}
