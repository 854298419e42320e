using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLPipelines.Cli.Entities;

/// <summary>Rows of a table of entities, first the identifier, then the features, as ML.NET reads them.</summary>
internal sealed class EntityRowsView : IDataView
{
    private readonly string[][] _rows;

    public EntityRowsView(EntityTableColumns columns, string[][] rows)
    {
        _rows = rows;
        var builder = new DataViewSchema.Builder();
        builder.AddColumn(columns.Id, TextDataViewType.Instance);
        foreach (var number in columns.Numbers)
            builder.AddColumn(number, NumberDataViewType.Single);
        foreach (var text in columns.Categories.Concat(columns.Sets))
            builder.AddColumn(text, TextDataViewType.Instance);
        Schema = builder.ToSchema();
    }

    public bool CanShuffle => false;

    public DataViewSchema Schema { get; }

    public long? GetRowCount() => _rows.Length;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null) => new Cursor(this, [.. columnsNeeded.Select(column => column.Index)]);

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) => [GetRowCursor(columnsNeeded, rand)];

    private sealed class Cursor(EntityRowsView view, HashSet<int> active) : DataViewRowCursor
    {
        private int _position = -1;

        public override long Position => _position;

        public override long Batch => 0;

        public override DataViewSchema Schema => view.Schema;

        public override bool IsColumnActive(DataViewSchema.Column column) => active.Contains(column.Index);

        public override bool MoveNext()
        {
            if (_position + 1 >= view._rows.Length)
                return false;
            _position++;
            return true;
        }

        public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId id) => id = new DataViewRowId((ulong)_position, 0);

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            int place = column.Index;
            Delegate getter = column.Type is TextDataViewType
                ? (ValueGetter<ReadOnlyMemory<char>>)((ref ReadOnlyMemory<char> value) => value = view._rows[_position][place].AsMemory())
                : (ValueGetter<float>)((ref float value) => value = EntityTable.Number(view._rows[_position][place])!.Value);
            return getter as ValueGetter<TValue> ?? throw new InvalidOperationException($"The column '{column.Name}' is of type {column.Type}, not {typeof(TValue).Name}.");
        }
    }
}
