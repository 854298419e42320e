using Microsoft.ML.Data;

namespace Microsoft.ML;

/// <summary>Gives the value of a column at the current row, reusing the buffers of <paramref name="value"/> where it can.</summary>
public delegate void ValueGetter<TValue>(ref TValue value);

/// <summary>Tabular data, read lazily through cursors that can be opened any number of times.</summary>
public interface IDataView
{
    /// <summary>Whether a cursor given a generator comes in shuffled order.</summary>
    bool CanShuffle { get; }

    DataViewSchema Schema { get; }

    /// <summary>The number of rows where it is known without a pass over the data.</summary>
    long? GetRowCount();

    DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random rand = null);

    /// <summary>At most <paramref name="n"/> cursors that together give every row once, to be read in parallel.</summary>
    DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random rand = null);
}

/// <summary>A row of data.</summary>
public abstract class DataViewRow : IDisposable
{
    /// <summary>The position within the cursor, -1 before the first row.</summary>
    public abstract long Position { get; }

    /// <summary>The batch of the row: over the cursors of one set, rows come in the order of the batch, then of the position.</summary>
    public abstract long Batch { get; }

    public abstract DataViewSchema Schema { get; }

    public abstract ValueGetter<DataViewRowId> GetIdGetter();

    public abstract bool IsColumnActive(DataViewSchema.Column column);

    public abstract ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column);

    protected virtual void Dispose(bool disposing)
    {
    }

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }
}

/// <summary>A row that moves over the rows of an <see cref="IDataView"/>.</summary>
public abstract class DataViewRowCursor : DataViewRow
{
    public abstract bool MoveNext();
}
