using System.Buffers.Binary;
using System.Text;
using Octet.Checkpoints.SafeTensors;
using Octet.TestSupport;
using Xunit;

namespace Octet.Checkpoints.Tests;

public sealed class SafeTensorsFileTests : IDisposable
{
    private readonly string _path = Path.Combine(Path.GetTempPath(), $"octet-{Guid.NewGuid():N}.safetensors");

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void Open_RealFile_ListsItsTensors()
    {
        using var file = SafeTensorsFile.Open(Path.Combine(Fixtures.Model("stories260K"), "model.safetensors"));

        var embedding = file.Tensors["model.embed_tokens.weight"];
        Assert.Equal((DType.Float32, "512x64"), (embedding.DType, string.Join('x', embedding.Shape)));
        Assert.Equal("pt", file.Metadata["format"]);
    }

    [Theory]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}""", 4, "does not fit its shape")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 4, "lies outside the file")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[2,6]}}""", 8, "overlaps")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", 8, "leaves a hole")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 8, "tensors end at")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 4, "listed twice")]
    [InlineData("""{"a":{"dtype":"Q4","shape":[1],"data_offsets":[0,4]}}""", 4, "unknown type 'Q4'")]
    [InlineData("""{"a":{"dtype":"F32","shape":[9223372036854775807,9223372036854775807],"data_offsets":[0,4]}}""", 4, "does not fit its shape")]
    [InlineData("""{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}""", 4, "not a number of elements")]
    [InlineData("[]", 0, "not a JSON object")]
    [InlineData("{", 0, "not valid JSON")]
    public void Open_MalformedHeader_SaysWhatIsWrong(string header, int dataBytes, string message)
    {
        Write(header, dataBytes);

        var error = Assert.Throws<CheckpointException>(() => SafeTensorsFile.Open(_path));

        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.Contains(_path, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_HeaderLongerThanTheFile_AllocatesNothingAndThrows()
    {
        var bytes = new byte[64];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, ulong.MaxValue);
        File.WriteAllBytes(_path, bytes);

        Assert.Contains("truncated", Assert.Throws<CheckpointException>(() => SafeTensorsFile.Open(_path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_MutatedFiles_NeverFailOtherwise()
    {
        var original = File.ReadAllBytes(Path.Combine(Fixtures.Model("edge-bf16"), "model.safetensors"));
        var random = new Random(7);
        for (var round = 0; round < 400; round++)
        {
            var bytes = original[..(round % 4 == 0 ? random.Next(original.Length) : original.Length)];
            for (var i = random.Next(1, 6); i > 0 && bytes.Length > 0; i--)
            {
                bytes[random.Next(Math.Min(bytes.Length, 4096))] = (byte)random.Next(256);
            }

            File.WriteAllBytes(_path, bytes);
            OpenOrRefuse();
        }
    }

    private void OpenOrRefuse()
    {
        try
        {
            using var file = SafeTensorsFile.Open(_path);
            Assert.All(file.Tensors.Values, tensor => Assert.True(tensor.Offset + tensor.ByteLength <= file.Length));
        }
        catch (CheckpointException)
        {
            // Refused with a message: what a damaged file must get.
        }
    }

    private void Write(string header, int dataBytes)
    {
        var json = Encoding.UTF8.GetBytes(header);
        var bytes = new byte[8 + json.Length + dataBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, (ulong)json.Length);
        json.CopyTo(bytes, 8);
        File.WriteAllBytes(_path, bytes);
    }
}
