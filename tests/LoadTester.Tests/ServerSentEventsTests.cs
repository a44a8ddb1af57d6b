using System.Text;
using Octet.LoadTester.Http;
using Xunit;

namespace Octet.LoadTester.Tests;

public sealed class ServerSentEventsTests
{
    [Fact]
    public async Task NextAsync_AnySplitOfTheBody_GivesTheSameEvents()
    {
        const string text = ": comment\r\ndata: {\"a\":1}\r\n\r\ndata:{\"b\":\"é\"}\n\nevent: x\ndata: [DONE]\n\n";
        var bytes = Encoding.UTF8.GetBytes(text);
        for (var size = 1; size <= bytes.Length; size++)
        {
            using var events = new ServerSentEvents(new ChoppedStream(bytes, size));
            var seen = new List<string>();
            for (var next = await events.NextAsync(TestContext.Current.CancellationToken); !next.IsEmpty; next = await events.NextAsync(TestContext.Current.CancellationToken))
            {
                seen.Add(Encoding.UTF8.GetString(next.Span));
            }

            Assert.Equal(["{\"a\":1}", "{\"b\":\"é\"}", "[DONE]"], seen);
        }
    }

    [Fact]
    public async Task NextAsync_EventLongerThanTheLimit_Throws()
    {
        using var events = new ServerSentEvents(new ChoppedStream(new byte[3 << 20], 65536));
        await Assert.ThrowsAsync<InvalidDataException>(async () => await events.NextAsync(TestContext.Current.CancellationToken));
    }

    private sealed class ChoppedStream(byte[] bytes, int size) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(size, buffer.Length)], cancellationToken);
    }
}
