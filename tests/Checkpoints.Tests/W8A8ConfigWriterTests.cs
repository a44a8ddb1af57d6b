using System.Text;
using Octet.Checkpoints.CompressedTensors;
using Xunit;

namespace Octet.Checkpoints.Tests;

public sealed class W8A8ConfigWriterTests : IDisposable
{
    private readonly string _path = Path.Combine(Path.GetTempPath(), $"octet-{Guid.NewGuid():N}.json");

    public void Dispose() => File.Delete(_path);

    [Theory]
    [InlineData("0.00001", "1e-05")]
    [InlineData("1e-6", "1e-06")]
    [InlineData("1.5E-7", "1.5e-07")]
    [InlineData("0.0001", "0.0001")]
    [InlineData("500000.0", "500000.0")]
    [InlineData("1e15", "1000000000000000.0")]
    [InlineData("1e16", "1e+16")]
    [InlineData("123456789.125", "123456789.125")]
    [InlineData("-0.25", "-0.25")]
    [InlineData("0.0", "0.0")]
    [InlineData("0.1", "0.1")]
    [InlineData("1000000", "1000000")]
    [InlineData("\"gr\\u00fc\\n\\\"\"", "\"gr\\u00fc\\n\\\"\"")]
    [InlineData("[]", "[]")]
    [InlineData("{}", "{}")]
    [InlineData("null", "null")]
    public void Config_Value_IsWrittenAsPythonWritesIt(string json, string expected)
    {
        File.WriteAllText(_path, $$"""{"a":{{json}}}""");

        Assert.StartsWith($"{{\n  \"a\": {expected},\n  \"quantization_config\"", Encoding.UTF8.GetString(W8A8ConfigWriter.Config(_path, [])), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[1]")]
    [InlineData("{")]
    [InlineData("""{"a":1,"a":2}""")]
    public void Config_NotAnObject_SaysSo(string json)
    {
        File.WriteAllText(_path, json);

        Assert.Contains(_path, Assert.Throws<CheckpointException>(() => W8A8ConfigWriter.Config(_path, [])).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("lm_head", "[lm_head]")]
    [InlineData("re:.*gate'", "['re:.*gate''']")]
    [InlineData("", "['']")]
    public void Recipe_Entry_IsValidYaml(string entry, string expected) =>
        Assert.Contains($"ignore: {expected}\n", Encoding.UTF8.GetString(W8A8ConfigWriter.Recipe([entry])), StringComparison.Ordinal);
}
