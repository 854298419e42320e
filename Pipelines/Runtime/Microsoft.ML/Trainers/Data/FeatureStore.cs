using Microsoft.ML.Data;

namespace Microsoft.ML.Trainers;

/// <summary>Feature vectors in memory, in blocks: all rows of a block are dense, or all are sparse.</summary>
/// <remarks>Thread-safe for reading.</remarks>
internal sealed class FeatureStore(int featureCount)
{
    private const int FirstBlockItems = 1 << 14;
    private const int LargestBlockItems = 1 << 20;

    private readonly List<Block> _blocks = [];
    private Row[] _rows = new Row[256];
    private int _dense = -1, _sparse = -1;

    public int FeatureCount => featureCount;

    public int Count { get; private set; }

    /// <summary>Whether no row is dense.</summary>
    public bool IsAllSparse => _dense < 0;

    public FeatureRow this[int row]
    {
        get
        {
            ref readonly var place = ref _rows[row];
            var block = _blocks[place.Block];
            return new FeatureRow(
                block.Values.AsSpan(place.Start, place.Count),
                block.Indices == null ? default : block.Indices.AsSpan(place.Start, place.Count),
                featureCount);
        }
    }

    public void Add(in VBuffer<float> features)
    {
        var values = features.GetValues();
        ref int current = ref features.IsDense ? ref _dense : ref _sparse;
        if (current < 0 || _blocks[current].Used + values.Length > _blocks[current].Values.Length)
            current = NewBlock(current, values.Length, !features.IsDense);
        var block = _blocks[current];
        values.CopyTo(block.Values.AsSpan(block.Used));
        if (!features.IsDense)
            features.GetIndices().CopyTo(block.Indices.AsSpan(block.Used));
        if (Count == _rows.Length)
            Array.Resize(ref _rows, 2 * Count);
        _rows[Count++] = new Row(current, block.Used, values.Length);
        block.Used += values.Length;
    }

    private int NewBlock(int previous, int needed, bool isSparse)
    {
        int size = previous < 0 ? FirstBlockItems : Math.Min(2 * _blocks[previous].Values.Length, LargestBlockItems);
        size = Math.Max(size, needed);
        _blocks.Add(new Block
        {
            Values = GC.AllocateUninitializedArray<float>(size),
            Indices = isSparse ? GC.AllocateUninitializedArray<int>(size) : null,
        });
        return _blocks.Count - 1;
    }

    private readonly record struct Row(int Block, int Start, int Count);

    private sealed class Block
    {
        public float[] Values { get; init; }

        public int[] Indices { get; init; }

        public int Used { get; set; }
    }
}
