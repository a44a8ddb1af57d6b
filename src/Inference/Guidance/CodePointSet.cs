namespace Octet.Inference.Guidance;

/// <summary>A set of Unicode scalar values as sorted, disjoint ranges.</summary>
public sealed class CodePointSet
{
    private const int Last = 0x10FFFF;
    private readonly (int First, int Last)[] _ranges;

    public CodePointSet(params IEnumerable<(int First, int Last)> ranges)
    {
        var merged = new List<(int First, int Last)>();
        foreach (var range in ranges.Order())
        {
            if (merged.Count > 0 && range.First <= merged[^1].Last + 1)
            {
                merged[^1] = (merged[^1].First, Math.Max(merged[^1].Last, range.Last));
            }
            else
            {
                merged.Add(range);
            }
        }

        _ranges = [.. merged];
    }

    public static CodePointSet All { get; } = new((0, Last));

    public IReadOnlyList<(int First, int Last)> Ranges => _ranges;

    public bool Contains(int codePoint) => _ranges.Any(range => range.First <= codePoint && codePoint <= range.Last);

    public CodePointSet Union(CodePointSet other) => new([.. _ranges, .. other.Ranges]);

    public CodePointSet Except(CodePointSet other) => other.Complement().Intersect(this);

    public CodePointSet Complement()
    {
        var ranges = new List<(int, int)>();
        var next = 0;
        foreach (var (first, last) in _ranges)
        {
            if (first > next)
            {
                ranges.Add((next, first - 1));
            }

            next = last + 1;
        }

        if (next <= Last)
        {
            ranges.Add((next, Last));
        }

        return new CodePointSet(ranges);
    }

    private CodePointSet Intersect(CodePointSet other) => new(
        from left in _ranges
        from right in other.Ranges
        let first = Math.Max(left.First, right.First)
        let last = Math.Min(left.Last, right.Last)
        where first <= last
        select (first, last));
}
