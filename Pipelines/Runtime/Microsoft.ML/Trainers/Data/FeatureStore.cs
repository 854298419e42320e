using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Trainers;

/// <summary>Feature vectors in memory, in blocks: all rows of a block are dense, or all are sparse.</summary>
/// <remarks>Thread-safe for reading. Every row is known to fit: sparse indices increase and are below the number of features.</remarks>
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
    public bool IsAllSparse => _blocks.TrueForAll(block => block.Indices != null);

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
        if (features.Length != featureCount)
            throw Contracts.Except($"An example has {features.Length} features, where the type of the column promises {featureCount}.");
        var values = features.GetValues();
        ref int current = ref features.IsDense ? ref _dense : ref _sparse;
        if (current < 0 || _blocks[current].Used + values.Length > _blocks[current].Values.Length)
            current = NewBlock(current, values.Length, !features.IsDense);
        var block = _blocks[current];
        values.CopyTo(block.Values.AsSpan(block.Used));
        if (!features.IsDense)
            CopyIndices(features.GetIndices(), block.Indices.AsSpan(block.Used));
        Add(new Row(current, block.Used, values.Length));
        block.Used += values.Length;
    }

    /// <summary>Takes over the rows of other stores, in the order in which <paramref name="rows"/> names store and row.</summary>
    public static FeatureStore Join(FeatureStore[] stores, IEnumerable<(int Store, int Row)> rows)
    {
        var joined = new FeatureStore(stores[0].FeatureCount);
        var firstBlocks = new int[stores.Length];
        for (int i = 0; i < stores.Length; i++)
        {
            firstBlocks[i] = joined._blocks.Count;
            joined._blocks.AddRange(stores[i]._blocks);
        }
        foreach (var (store, row) in rows)
        {
            var place = stores[store]._rows[row];
            joined.Add(place with { Block = firstBlocks[store] + place.Block });
        }
        return joined;
    }

    private void Add(Row row)
    {
        if (Count == _rows.Length)
            Array.Resize(ref _rows, 2 * Count);
        _rows[Count++] = row;
    }

    private void CopyIndices(ReadOnlySpan<int> indices, Span<int> destination)
    {
        int previous = -1;
        for (int i = 0; i < indices.Length; i++)
        {
            int index = indices[i];
            if (index <= previous || index >= featureCount)
                throw Contracts.Except($"The indices of a sparse example must increase and be below {featureCount}; {index} follows {previous}.");
            destination[i] = previous = index;
        }
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
