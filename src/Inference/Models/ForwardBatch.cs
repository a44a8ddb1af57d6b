namespace Octet.Inference.Models;

/// <summary>The tokens of one forward pass; index i of every list is one token.</summary>
public sealed class ForwardBatch
{
    public List<int> TokenIds { get; } = [];

    /// <summary>Position in the token's own sequence.</summary>
    public List<int> Positions { get; } = [];

    /// <summary>Blocks of the token's own sequence, in order of positions.</summary>
    public List<IReadOnlyList<int>> BlockTables { get; } = [];

    public int Count => TokenIds.Count;

    public void Add(int tokenId, int position, IReadOnlyList<int> blocks)
    {
        TokenIds.Add(tokenId);
        Positions.Add(position);
        BlockTables.Add(blocks);
    }

    public void Clear()
    {
        TokenIds.Clear();
        Positions.Clear();
        BlockTables.Clear();
    }
}
