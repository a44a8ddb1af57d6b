namespace Octet.Inference.Guidance;

/// <summary>Bytes that no set of a grammar tells apart are one class, so that a state keeps few successors.</summary>
internal sealed class ByteClasses
{
    private readonly byte[] _classes = new byte[256];

    public ByteClasses(IEnumerable<ByteSet> sets)
    {
        Count = 1;
        foreach (var set in sets.Distinct())
        {
            Split(set);
            if (Count == 256)
            {
                break;
            }
        }
    }

    public int Count { get; private set; }

    public int Of(byte value) => _classes[value];

    /// <summary>Members of a class that the set holds move to a new class, where others stay behind.</summary>
    private void Split(ByteSet set)
    {
        var moved = new Dictionary<byte, byte>();
        var before = (byte[])_classes.Clone();
        for (var value = 0; value < 256; value++)
        {
            var old = before[value];
            if (!set.Contains((byte)value) || !LeavesOthers(before, old, set))
            {
                continue;
            }

            if (!moved.TryGetValue(old, out var target))
            {
                moved[old] = target = (byte)Count++;
            }

            _classes[value] = target;
        }
    }

    private static bool LeavesOthers(byte[] classes, byte old, ByteSet set)
    {
        for (var value = 0; value < 256; value++)
        {
            if (classes[value] == old && !set.Contains((byte)value))
            {
                return true;
            }
        }

        return false;
    }
}
