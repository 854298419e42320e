using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>What cursors and views need again and again.</summary>
internal static class DataViewUtils
{
    /// <summary>Which columns of <paramref name="schema"/> are asked for, by index.</summary>
    public static bool[] ActiveColumns(DataViewSchema schema, IEnumerable<DataViewSchema.Column> columnsNeeded)
    {
        var active = new bool[schema.Count];
        if (columnsNeeded == null)
            return active;
        foreach (var column in columnsNeeded)
        {
            Contracts.CheckParam(column.Index < active.Length, nameof(columnsNeeded), $"Column '{column.Name}' is not part of the schema.");
            active[column.Index] = true;
        }
        return active;
    }

    public static IEnumerable<DataViewSchema.Column> Columns(this DataViewSchema schema, bool[] active) =>
        schema.Where(column => active[column.Index]);

    /// <summary>The getter of a column as a delegate of type <see cref="ValueGetter{T}"/> for the column's raw type.</summary>
    public static Delegate GetGetterDelegate(this DataViewRow row, DataViewSchema.Column column) =>
        GenericDispatch.Invoke<DataViewRow, DataViewSchema.Column, Delegate>(column.Type.RawType, GetterOf<int>, row, column);

    private static Delegate GetterOf<T>(DataViewRow row, DataViewSchema.Column column) => row.GetGetter<T>(column);

    public static ValueGetter<TValue> Cast<TValue>(Delegate getter, DataViewSchema.Column column) =>
        getter as ValueGetter<TValue>
        ?? throw Contracts.Except($"Invalid TValue in GetGetter: '{typeof(TValue)}', expected type of column '{column.Name}': '{column.Type.RawType}'.");

    public static InvalidOperationException ExceptInactive(DataViewSchema.Column column) =>
        Contracts.Except($"The column '{column.Name}' is not active: it was not among the columns needed when the cursor was opened.");
}

/// <summary>A cursor that produces rows itself, in one sequence.</summary>
internal abstract class RootCursor : DataViewRowCursor
{
    private long _position = -1;
    private bool _ended;

    public sealed override long Position => _position;

    public override long Batch => 0;

    public sealed override bool MoveNext()
    {
        if (_ended)
            return false;
        if (MoveNextCore())
        {
            _position++;
            return true;
        }
        _ended = true;
        _position = -1;
        return false;
    }

    protected bool IsGood => _position >= 0;

    protected abstract bool MoveNextCore();
}

/// <summary>A cursor over the rows of another, with the other's positions and ids unless overridden.</summary>
internal abstract class LinkedCursor(DataViewRowCursor input) : DataViewRowCursor
{
    protected DataViewRowCursor Input { get; } = input;

    public override long Position => Input.Position;

    public override long Batch => Input.Batch;

    public override ValueGetter<DataViewRowId> GetIdGetter() => Input.GetIdGetter();

    public override bool MoveNext() => Input.MoveNext();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            Input.Dispose();
        base.Dispose(disposing);
    }
}

/// <summary>A cursor over some rows of another: positions are its own, ids the other's.</summary>
internal abstract class FilteringCursor(DataViewRowCursor input) : DataViewRowCursor
{
    private long _position = -1;
    private bool _ended;

    protected DataViewRowCursor Input { get; } = input;

    public override long Position => _position;

    public override long Batch => Input.Batch;

    public override DataViewSchema Schema => Input.Schema;

    public override bool IsColumnActive(DataViewSchema.Column column) => Input.IsColumnActive(column);

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => Input.GetGetter<TValue>(column);

    public override ValueGetter<DataViewRowId> GetIdGetter() => Input.GetIdGetter();

    /// <summary>Whether to keep the row on which the input stands.</summary>
    protected abstract bool Accept();

    /// <summary>Advances the input; override to stop early.</summary>
    protected virtual bool MoveInput() => Input.MoveNext();

    public sealed override bool MoveNext()
    {
        while (!_ended && MoveInput())
        {
            if (!Accept())
                continue;
            _position++;
            return true;
        }
        _ended = true;
        _position = -1;
        return false;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            Input.Dispose();
        base.Dispose(disposing);
    }
}

/// <summary>Data with the rows of another view, in its schema unless overridden.</summary>
internal abstract class DerivedDataView(IDataView source) : IDataView
{
    public IDataView Source { get; } = source;

    public virtual DataViewSchema Schema => Source.Schema;

    public virtual bool CanShuffle => Source.CanShuffle;

    public virtual long? GetRowCount() => null;

    public abstract DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random rand = null);

    public virtual DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random rand = null) =>
        [GetRowCursor(columnsNeeded, rand)];
}

/// <summary>A view without rows.</summary>
internal sealed class EmptyDataView(DataViewSchema schema) : IDataView
{
    public DataViewSchema Schema { get; } = schema;

    public bool CanShuffle => true;

    public long? GetRowCount() => 0;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random rand = null) =>
        new Cursor(Schema, DataViewUtils.ActiveColumns(Schema, columnsNeeded));

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random rand = null) =>
        [GetRowCursor(columnsNeeded, rand)];

    private sealed class Cursor(DataViewSchema schema, bool[] active) : RootCursor
    {
        public override DataViewSchema Schema => schema;

        public override bool IsColumnActive(DataViewSchema.Column column) => active[column.Index];

        protected override bool MoveNextCore() => false;

        public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId id) => throw NoRow();

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            if (!active[column.Index])
                throw DataViewUtils.ExceptInactive(column);
            return (ref TValue value) => throw NoRow();
        }

        private static InvalidOperationException NoRow() => Contracts.Except("Cannot call a getter on a cursor that stands on no row.");
    }
}
