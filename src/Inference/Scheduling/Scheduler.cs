using System.Runtime.InteropServices;
using Octet.Inference.KvCache;

namespace Octet.Inference.Scheduling;

/// <summary>Decides what each forward pass holds: running sequences first, then waiting ones, within the limits of tokens, sequences and
/// blocks. Where blocks run out, the youngest sequence gives its blocks back and is computed again later.</summary>
internal sealed class Scheduler(EngineOptions options, BlockPool pool)
{
    private readonly LinkedList<Sequence> _waiting = new();
    private readonly List<Sequence> _running = [];
    private readonly List<Sequence> _pass = [];

    public int Waiting => _waiting.Count;

    public int Running => _running.Count;

    public long Preemptions { get; private set; }

    public long CacheQueries { get; private set; }

    public long CacheHits { get; private set; }

    public void Add(Sequence sequence) => _waiting.AddLast(sequence);

    /// <summary>Every sequence that waits or runs.</summary>
    public IEnumerable<Sequence> All => _running.Concat(_waiting);

    /// <summary>A sequence whose client has gone, or null. Called before every pass: nothing is allocated.</summary>
    public Sequence? NextCancelled()
    {
        foreach (var sequence in _running)
        {
            if (sequence.CancelRequested)
            {
                return sequence;
            }
        }

        for (var node = _waiting.First; node is not null; node = node.Next)
        {
            if (node.Value.CancelRequested)
            {
                return node.Value;
            }
        }

        return null;
    }

    /// <summary>The sequences of the next pass; each one's Scheduled says how many of its tokens. Empty when there is nothing to do.</summary>
    public List<Sequence> Next(long now)
    {
        _pass.Clear();
        var budget = options.MaxNumBatchedTokens;
        for (var i = 0; i < _running.Count && budget > 0; i++)
        {
            var sequence = _running[i];
            var tokens = Math.Min(sequence.Tokens.Count - sequence.Computed, budget);
            if (!Reserve(sequence, tokens))
            {
                break;
            }

            Take(sequence, tokens, ref budget);
        }

        while (budget > 0 && _waiting.First is { } first && _running.Count < options.MaxNumSeqs && Admit(first.Value, ref budget, now))
        {
            _waiting.Remove(first);
        }

        return _pass;
    }

    /// <summary>Counts the pass as computed.</summary>
    public static void Complete(Sequence sequence)
    {
        sequence.Computed += sequence.Scheduled;
        sequence.Scheduled = 0;
    }

    /// <summary>After a pass that failed: the blocks it was to fill have been published and hold nothing, so none is found again.</summary>
    public void Distrust() => pool.ForgetAll();

    /// <summary>Takes a sequence out and frees its blocks at once.</summary>
    public void Remove(Sequence sequence)
    {
        if (!_running.Remove(sequence))
        {
            _waiting.Remove(sequence);
        }

        Free(sequence);
    }

    private void Take(Sequence sequence, int tokens, ref int budget)
    {
        sequence.Scheduled = tokens;
        budget -= tokens;
        _pass.Add(sequence);
        PublishBlocks(sequence);
    }

    /// <summary>Blocks that this pass fills can be found by sequences admitted after it: each layer stores the keys and values of the whole
    /// pass before any of its tokens attends.</summary>
    private void PublishBlocks(Sequence sequence)
    {
        var filled = (sequence.Computed + sequence.Scheduled) / options.BlockSize;
        for (var full = sequence.Hashes.Count; full < filled; full++)
        {
            var tokens = CollectionsMarshal.AsSpan(sequence.Tokens).Slice(full * options.BlockSize, options.BlockSize);
            sequence.Hashes.Add(BlockHash.Next(full == 0 ? sequence.Root : sequence.Hashes[full - 1], tokens));
            pool.Publish(sequence.Blocks[full], sequence.Hashes[full]);
        }
    }

    private bool Admit(Sequence sequence, ref int budget, long now)
    {
        ReusePrefix(sequence);
        var wanted = sequence.Tokens.Count - sequence.Computed;
        var tokens = Math.Min(wanted, budget);
        if ((!options.EnableChunkedPrefill && tokens < wanted) || pool.Free < BlocksMissing(sequence, tokens))
        {
            Free(sequence);
            return false;
        }

        if (sequence.FirstScheduled == 0)
        {
            sequence.FirstScheduled = now;
            sequence.CachedTokens = sequence.Computed;
            if (options.EnablePrefixCaching && sequence.PromptLogprobs is null)
            {
                CacheQueries += sequence.PromptLength;
                CacheHits += sequence.Computed;
            }
        }

        _running.Add(sequence);
        Reserve(sequence, tokens);
        Take(sequence, tokens, ref budget);
        return true;
    }

    private void ReusePrefix(Sequence sequence)
    {
        if (!options.EnablePrefixCaching)
        {
            return;
        }

        var tokens = CollectionsMarshal.AsSpan(sequence.Tokens);
        for (var block = 0; (block + 1) * options.BlockSize <= sequence.MostCacheable; block++)
        {
            var hash = BlockHash.Next(block == 0 ? sequence.Root : sequence.Hashes[block - 1], tokens.Slice(block * options.BlockSize, options.BlockSize));
            var found = pool.Reuse(hash);
            if (found < 0)
            {
                break;
            }

            sequence.Blocks.Add(found);
            sequence.Hashes.Add(hash);
            sequence.Computed += options.BlockSize;
        }
    }

    private int BlocksMissing(Sequence sequence, int tokens) =>
        ((sequence.Computed + tokens + options.BlockSize - 1) / options.BlockSize) - sequence.Blocks.Count;

    /// <summary>Gets the blocks for the next tokens, from younger sequences if need be. False when the sequence itself had to yield.</summary>
    private bool Reserve(Sequence sequence, int tokens)
    {
        while (pool.Free < BlocksMissing(sequence, tokens))
        {
            var youngest = _running[^1];
            Preempt(youngest);
            if (youngest == sequence)
            {
                return false;
            }
        }

        for (var missing = BlocksMissing(sequence, tokens); missing > 0; missing--)
        {
            sequence.Blocks.Add(pool.Allocate());
        }

        return true;
    }

    private void Preempt(Sequence sequence)
    {
        Preemptions++;
        sequence.Preemptions++;
        _running.RemoveAt(_running.Count - 1);
        Free(sequence);
        _waiting.AddFirst(sequence);
    }

    private void Free(Sequence sequence)
    {
        pool.Release(sequence.Blocks);
        sequence.Blocks.Clear();
        sequence.Hashes.Clear();
        sequence.Computed = 0;
        sequence.Scheduled = 0;
    }
}
