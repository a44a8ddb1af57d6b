using Google.Protobuf;

namespace Octet.TestSupport.Telemetry;

/// <summary>A span as it came over OTLP. Ids in lower-case hex; <paramref name="ParentId"/> is empty for a root.</summary>
public sealed record ReceivedSpan(string Service, string TraceId, string SpanId, string ParentId, string Name, int Kind)
{
    /// <summary>Every span of an ExportTraceServiceRequest.</summary>
    public static IReadOnlyList<ReceivedSpan> ReadRequest(byte[] message)
    {
        var spans = new List<ReceivedSpan>();
        foreach (var resourceSpans in Messages(message, 1))
        {
            var service = Messages(resourceSpans, 1).Select(ServiceName).FirstOrDefault(name => name.Length > 0) ?? "";
            spans.AddRange(Messages(resourceSpans, 2).SelectMany(scope => Messages(scope, 2)).Select(span => ReadSpan(service, span)));
        }

        return spans;
    }

    private static ReceivedSpan ReadSpan(string service, byte[] span) => new(
        service,
        Hex(Messages(span, 1)),
        Hex(Messages(span, 2)),
        Hex(Messages(span, 4)),
        Text(Messages(span, 5)),
        Kind: Varint(span, 6));

    /// <summary>The attribute service.name of a resource.</summary>
    private static string ServiceName(byte[] resource) => Messages(resource, 1)
        .Where(attribute => Text(Messages(attribute, 1)) == "service.name")
        .Select(attribute => Text([.. Messages(attribute, 2).SelectMany(value => Messages(value, 1))]))
        .FirstOrDefault() ?? "";

    private static string Hex(IEnumerable<byte[]> values) => values.Select(Convert.ToHexStringLower).FirstOrDefault() ?? "";

    private static string Text(IEnumerable<byte[]> values) => values.Select(System.Text.Encoding.UTF8.GetString).FirstOrDefault() ?? "";

    /// <summary>The length-delimited fields with one number.</summary>
    private static List<byte[]> Messages(byte[] message, int field)
    {
        var found = new List<byte[]>();
        var input = new CodedInputStream(message);
        while (input.ReadTag() is not 0 and var tag)
        {
            if (WireFormat.GetTagFieldNumber(tag) == field && WireFormat.GetTagWireType(tag) == WireFormat.WireType.LengthDelimited)
            {
                found.Add(input.ReadBytes().ToByteArray());
            }
            else
            {
                input.SkipLastField();
            }
        }

        return found;
    }

    private static int Varint(byte[] message, int field)
    {
        var input = new CodedInputStream(message);
        while (input.ReadTag() is not 0 and var tag)
        {
            if (WireFormat.GetTagFieldNumber(tag) == field && WireFormat.GetTagWireType(tag) == WireFormat.WireType.Varint)
            {
                return input.ReadInt32();
            }

            input.SkipLastField();
        }

        return 0;
    }
}
