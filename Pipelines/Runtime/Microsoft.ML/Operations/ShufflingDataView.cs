using Microsoft.ML.Internal;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>
/// The rows of a view in random order, the same in every pass: read in random order where the source can be, and
/// shuffled by a pool.
/// </summary>
internal sealed class ShufflingDataView : DerivedDataView
{
    private readonly int _poolRows;
    private readonly bool _shuffleSource;
    private readonly int _seed;

    public ShufflingDataView(IHostEnvironment env, IDataView source, int? seed, int poolRows, bool shuffleSource)
        : this(env, env.Register("Shuffle"), source, seed, poolRows, shuffleSource)
    {
    }

    private ShufflingDataView(IHostEnvironment env, IHost host, IDataView source, int? seed, int poolRows, bool shuffleSource)
        : base(CopyableColumns.Of(env, source))
    {
        _poolRows = poolRows;
        _shuffleSource = shuffleSource;
        _seed = seed ?? RandomUtils.NextSigned(host.Rand);
    }

    public override bool CanShuffle => true;

    public override long? GetRowCount() => Source.GetRowCount();

    public override DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random rand = null)
    {
        var poolRand = rand ?? RandomUtils.Create(_seed);
        var sourceRand = _shuffleSource ? RandomUtils.Create(poolRand) : null;
        return ShufflePool.Create(Source.GetRowCursor(columnsNeeded, Source.CanShuffle ? sourceRand : null), _poolRows, poolRand);
    }

    /// <summary>The order in which a pass would give the rows of a source of <paramref name="count"/> rows that cannot be shuffled.</summary>
    public int[] Order(int count, Random rand = null)
    {
        var poolRand = rand ?? RandomUtils.Create(_seed);
        if (_shuffleSource)
            RandomUtils.Create(poolRand);
        return ShufflePool.Order(count, _poolRows, poolRand);
    }
}
