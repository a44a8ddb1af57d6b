using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Text;

namespace Octet.Checkpoints.Tokenizers;

/// <summary>Byte-pair encoding of one word, with ranks as in tokenizers' BPE. Thread-safe.</summary>
internal sealed class BpeModel
{
    private const int CacheEntries = 1 << 15;
    private const int LongestCached = 64;
    private readonly Dictionary<string, int> _vocabulary;
    private readonly Dictionary<long, (int Rank, int Id)> _merges;
    private readonly ConcurrentDictionary<string, int[]> _cache = new(StringComparer.Ordinal);
    private readonly int?[] _byteTokens = new int?[256];
    private readonly int? _unknown;
    private readonly bool _byteLevel;
    private readonly bool _byteFallback;
    private readonly bool _fuseUnknown;
    private readonly bool _ignoreMerges;

    public BpeModel(Dictionary<string, int> vocabulary, IReadOnlyList<(string Left, string Right)> merges, BpeSettings settings)
    {
        _vocabulary = vocabulary;
        _byteLevel = settings.ByteLevel;
        _byteFallback = settings.ByteFallback;
        _fuseUnknown = settings.FuseUnknown;
        _ignoreMerges = settings.IgnoreMerges;
        _unknown = settings.Unknown is { } unknown && vocabulary.TryGetValue(unknown, out var id) ? id : null;
        _merges = new Dictionary<long, (int, int)>(merges.Count);
        for (var rank = 0; rank < merges.Count; rank++)
        {
            var (left, right) = merges[rank];
            _merges[Key(Find(left, rank), Find(right, rank))] = (rank, Find(left + right, rank));
        }

        for (var value = 0; value < 256; value++)
        {
            var name = _byteLevel ? ByteAlphabet.Letter((byte)value).ToString() : $"<0x{value:X2}>";
            _byteTokens[value] = vocabulary.TryGetValue(name, out var token) ? token : null;
        }
    }

    /// <summary>Appends the ids of one word.</summary>
    public void Encode(string word, List<int> ids)
    {
        if (word.Length > LongestCached)
        {
            ids.AddRange(Compute(word));
            return;
        }

        if (!_cache.TryGetValue(word, out var known))
        {
            known = Compute(word);
            if (_cache.Count < CacheEntries)
            {
                _cache.TryAdd(word, known);
            }
        }

        ids.AddRange(known);
    }

    private int Find(string token, int rank) => _vocabulary.TryGetValue(token, out var id)
        ? id
        : throw new CheckpointException($"merge {rank} needs the token '{token}', which the vocabulary lacks");

    private int[] Compute(string word)
    {
        if (_ignoreMerges && _vocabulary.TryGetValue(_byteLevel ? ByteAlphabet.ToLetters(Encoding.UTF8.GetBytes(word)) : word, out var whole))
        {
            return [whole];
        }

        var symbols = new List<int>(word.Length);
        if (_byteLevel)
        {
            AddBytes(word, symbols);
        }
        else
        {
            AddCharacters(word, symbols);
        }

        return Merge(symbols);
    }

    private void AddBytes(string word, List<int> symbols)
    {
        foreach (var value in Encoding.UTF8.GetBytes(word))
        {
            if ((_byteTokens[value] ?? _unknown) is { } id)
            {
                symbols.Add(id);
            }
        }
    }

    private void AddCharacters(string word, List<int> symbols)
    {
        var afterUnknown = false;
        Span<byte> utf8 = stackalloc byte[4];
        foreach (var rune in word.EnumerateRunes())
        {
            if (_vocabulary.TryGetValue(rune.ToString(), out var id))
            {
                symbols.Add(id);
                afterUnknown = false;
                continue;
            }

            var length = rune.EncodeToUtf8(utf8);
            if (_byteFallback && AllKnown(utf8[..length]))
            {
                foreach (var value in utf8[..length])
                {
                    symbols.Add(_byteTokens[value]!.Value);
                }

                afterUnknown = false;
            }
            else if (_unknown is { } unknown && !(afterUnknown && _fuseUnknown))
            {
                symbols.Add(unknown);
                afterUnknown = true;
            }
        }
    }

    private bool AllKnown(ReadOnlySpan<byte> utf8)
    {
        foreach (var value in utf8)
        {
            if (_byteTokens[value] is null)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Merges the pair of lowest rank, the leftmost of equals, until none is left. n log n: a whole text may be one word.</summary>
    private int[] Merge(List<int> symbols)
    {
        var count = symbols.Count;
        var ids = CollectionsMarshal.AsSpan(symbols);
        if (count < 2)
        {
            return [.. ids];
        }

        var next = new int[count];
        var previous = new int[count];
        var queue = new PriorityQueue<(int At, int Id), long>();
        for (var i = 0; i < count; i++)
        {
            next[i] = i + 1;
            previous[i] = i - 1;
        }

        for (var i = 0; i + 1 < count; i++)
        {
            Offer(queue, ids, i, i + 1);
        }

        while (queue.TryDequeue(out var merge, out _))
        {
            var (left, merged) = merge;
            if (ids[left] < 0 || next[left] >= count || !_merges.TryGetValue(Key(ids[left], ids[next[left]]), out var current) || current.Id != merged)
            {
                continue;
            }

            var right = next[left];
            ids[left] = merged;
            ids[right] = -1;
            next[left] = next[right];
            if (next[left] < count)
            {
                previous[next[left]] = left;
                Offer(queue, ids, left, next[left]);
            }

            if (previous[left] >= 0)
            {
                Offer(queue, ids, previous[left], left);
            }
        }

        return [.. symbols.Where(id => id >= 0)];
    }

    private void Offer(PriorityQueue<(int At, int Id), long> queue, ReadOnlySpan<int> ids, int left, int right)
    {
        if (_merges.TryGetValue(Key(ids[left], ids[right]), out var merge))
        {
            queue.Enqueue((left, merge.Id), ((long)merge.Rank << 32) | (uint)left);
        }
    }

    private static long Key(int left, int right) => ((long)left << 32) | (uint)right;
}

/// <summary>How a BPE model treats what its vocabulary lacks.</summary>
internal sealed record BpeSettings(bool ByteLevel, bool ByteFallback, bool FuseUnknown, bool IgnoreMerges, string? Unknown);
