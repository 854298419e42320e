using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Internal;

namespace MLPipelines.Tests.Runtime.Trainers;

/// <summary>Columns of arrays as a data view, shuffled by a permutation of the rows where asked.</summary>
internal sealed class MemoryView : IDataView
{
    private readonly List<Array> _columns = [];
    private readonly DataViewSchema.Builder _schema = new();
    private readonly bool _canShuffle;
    private DataViewSchema? _made;

    public MemoryView(bool canShuffle = true)
    {
        _canShuffle = canShuffle;
    }

    /// <summary>The number of cursors opened with at least one column.</summary>
    public int Passes { get; private set; }

    public bool CanShuffle => _canShuffle;

    public DataViewSchema Schema => _made ??= _schema.ToSchema();

    private int RowCount => _columns.Count == 0 ? 0 : _columns[0].Length;

    public MemoryView Add<T>(string name, DataViewType type, T[] values, DataViewSchema.Annotations? annotations = null)
    {
        _columns.Add(values);
        _schema.AddColumn(name, type, annotations);
        return this;
    }

    public MemoryView AddFeatures(params VBuffer<float>[] values) =>
        Add("Features", new VectorDataViewType(NumberDataViewType.Single, values.Length == 0 ? 1 : values[0].Length), values);

    public MemoryView AddFeatures(params float[][] values) =>
        AddFeatures(Array.ConvertAll(values, row => new VBuffer<float>(row.Length, row)));

    public long? GetRowCount() => RowCount;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        var active = DataViewUtils.ActiveColumns(Schema, columnsNeeded);
        if (active.Contains(true))
            Passes++;
        var order = rand != null && _canShuffle ? RandomUtils.GetRandomPermutation(rand, RowCount) : [.. Enumerable.Range(0, RowCount)];
        return new Cursor(this, active, order);
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
        [GetRowCursor(columnsNeeded, rand)];

    private sealed class Cursor(MemoryView view, bool[] active, int[] order) : RootCursor
    {
        public override DataViewSchema Schema => view.Schema;

        public override bool IsColumnActive(DataViewSchema.Column column) => active[column.Index];

        protected override bool MoveNextCore() => Position + 1 < order.Length;

        public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId id) => id = new DataViewRowId((ulong)order[Position], 0);

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            Assert.IsTrue(active[column.Index]);
            var values = (TValue[])view._columns[column.Index];
            return (ref TValue value) => value = values[order[Position]];
        }
    }
}
