using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Octet.Checkpoints.CompressedTensors;

/// <summary>A model's <c>config.json</c> with one key more, as Python writes it.</summary>
internal static class ConfigFile
{
    /// <exception cref="CheckpointException">The file cannot be read or is not a JSON object.</exception>
    public static byte[] With(string path, string key, JsonNode value)
    {
        try
        {
            var config = JsonNode.Parse(File.ReadAllBytes(path)) as JsonObject ?? throw new CheckpointException($"{path} is not a JSON object");
            config[key] = value;
            return Encoding.UTF8.GetBytes(PythonJson.Dumps(config));
        }
        catch (Exception exception) when (exception is JsonException or ArgumentException or InvalidOperationException)
        {
            throw new CheckpointException($"{path} is not valid JSON: {exception.Message}", exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new CheckpointException($"{path} cannot be read: {exception.Message}", exception);
        }
    }
}
