using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLPipelines.Recommendation;

/// <summary>Some rows of data, by their position, in their order. The data must give its rows in the same order each time.</summary>
internal sealed class SelectedRows(IDataView input, bool[] selected) : IDataView
{
    public DataViewSchema Schema => input.Schema;

    public bool CanShuffle => false;

    public long? GetRowCount() => selected.Count(isSelected => isSelected);

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null) => new Cursor(input.GetRowCursor(columnsNeeded), selected);

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) => [GetRowCursor(columnsNeeded, rand)];

    private sealed class Cursor(DataViewRowCursor rows, bool[] selected) : DataViewRowCursor
    {
        private long _row = -1;
        private long _position = -1;

        public override long Position => _position;

        public override long Batch => 0;

        public override DataViewSchema Schema => rows.Schema;

        public override bool IsColumnActive(DataViewSchema.Column column) => rows.IsColumnActive(column);

        public override ValueGetter<DataViewRowId> GetIdGetter() => rows.GetIdGetter();

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => rows.GetGetter<TValue>(column);

        public override bool MoveNext()
        {
            while (rows.MoveNext())
            {
                _row++;
                if (_row >= selected.Length)
                    throw new InvalidOperationException("The data has more rows than when it was split; cache it, or split it again.");
                if (selected[_row])
                {
                    _position++;
                    return true;
                }
            }
            _position = -1;
            return false;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                rows.Dispose();
            base.Dispose(disposing);
        }
    }
}
