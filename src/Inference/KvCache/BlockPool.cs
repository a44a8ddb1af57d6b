namespace Octet.Inference.KvCache;

/// <summary>Hands out KV-cache blocks, counts who uses them, and finds full blocks again by the hash of every token up to their end.
/// A block that nobody uses keeps its content until its place is needed (least recently freed first). Not thread-safe: the engine's thread owns it.</summary>
public sealed class BlockPool
{
    private readonly int[] _users;
    private readonly BlockHash?[] _hashes;
    private readonly Dictionary<BlockHash, int> _cached = [];
    private readonly LinkedList<int> _free = new();
    private readonly LinkedListNode<int>[] _nodes;
    private readonly bool _caching;

    /// <param name="blocks">Blocks in all.</param>
    /// <param name="caching">Full blocks may be found again.</param>
    public BlockPool(int blocks, bool caching)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(blocks, 1);
        _users = new int[blocks];
        _hashes = new BlockHash?[blocks];
        _nodes = new LinkedListNode<int>[blocks];
        _caching = caching;
        for (var i = 0; i < blocks; i++)
        {
            _nodes[i] = _free.AddLast(i);
        }
    }

    public int Total => _users.Length;

    public int Free => _free.Count;

    /// <summary>Share of blocks in use, 0 to 1.</summary>
    public double Usage => 1.0 - ((double)Free / Total);

    /// <summary>A block for one new user; its old content is forgotten.</summary>
    /// <exception cref="InvalidOperationException">No block is free: look at <see cref="Free"/> first.</exception>
    public int Allocate()
    {
        var node = _free.First ?? throw new InvalidOperationException("no free block");
        _free.Remove(node);
        var block = node.Value;
        Forget(block);
        _users[block] = 1;
        return block;
    }

    /// <summary>A full block with this content, now with one more user; -1 when there is none.</summary>
    public int Reuse(BlockHash hash)
    {
        if (!_caching || !_cached.TryGetValue(hash, out var block))
        {
            return -1;
        }

        if (_users[block]++ == 0)
        {
            _free.Remove(_nodes[block]);
        }

        return block;
    }

    /// <summary>Makes a full block findable. The first block with a content wins.</summary>
    public void Publish(int block, BlockHash hash)
    {
        if (_caching && _hashes[block] is null && _cached.TryAdd(hash, block))
        {
            _hashes[block] = hash;
        }
    }

    /// <summary>Takes one user away from each block; the last of a sequence is reused first, so that common beginnings live longest.</summary>
    public void Release(IReadOnlyList<int> blocks)
    {
        ArgumentNullException.ThrowIfNull(blocks);
        for (var i = blocks.Count - 1; i >= 0; i--)
        {
            var block = blocks[i];
            if (--_users[block] > 0)
            {
                continue;
            }

            if (_users[block] < 0)
            {
                throw new InvalidOperationException($"block {block} was released more often than taken");
            }

            if (_hashes[block] is null)
            {
                _free.AddFirst(_nodes[block]);
            }
            else
            {
                _free.AddLast(_nodes[block]);
            }
        }
    }

    /// <summary>No block is found again; those in use stay with their users.</summary>
    public void ForgetAll()
    {
        _cached.Clear();
        Array.Clear(_hashes);
    }

    private void Forget(int block)
    {
        if (_hashes[block] is { } hash)
        {
            _cached.Remove(hash);
            _hashes[block] = null;
        }
    }
}
