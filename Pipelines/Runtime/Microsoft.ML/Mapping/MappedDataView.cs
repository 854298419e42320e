namespace Microsoft.ML.Data;

/// <summary>A view through a <see cref="RowMapper"/>: rows are mapped when they are read.</summary>
internal sealed class MappedDataView(IDataView source, RowMapper mapper) : DerivedDataView(source)
{
    public RowMapper Mapper => mapper;

    public override DataViewSchema Schema => mapper.OutputSchema;

    public override long? GetRowCount() => Source.GetRowCount();

    public override DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random rand = null)
    {
        var active = DataViewUtils.ActiveColumns(Schema, columnsNeeded);
        var (inputs, outputs) = mapper.Dependencies(active);
        return new Cursor(mapper, Source.GetRowCursor(Source.Schema.Columns(inputs), rand), active, outputs);
    }

    public override DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random rand = null)
    {
        var active = DataViewUtils.ActiveColumns(Schema, columnsNeeded);
        var (inputs, outputs) = mapper.Dependencies(active);
        var cursors = Source.GetRowCursorSet(Source.Schema.Columns(inputs), n, rand);
        return Array.ConvertAll(cursors, DataViewRowCursor (cursor) => new Cursor(mapper, cursor, active, outputs));
    }

    private sealed class Cursor(RowMapper mapper, DataViewRowCursor input, bool[] active, bool[] activeOutputs) : LinkedCursor(input)
    {
        private readonly Delegate[] _getters = mapper.MakeGetters(input, activeOutputs);

        public override DataViewSchema Schema => mapper.OutputSchema;

        public override bool IsColumnActive(DataViewSchema.Column column) => active[column.Index];

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) =>
            active[column.Index] ? mapper.GetGetter<TValue>(column, Input, _getters) : throw DataViewUtils.ExceptInactive(column);
    }
}
