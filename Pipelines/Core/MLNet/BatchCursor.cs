using System.Reflection;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLPipelines.MLNet;

/// <summary>Reads a window of rows ahead, has them computed together and gives them back in order.</summary>
internal sealed class BatchCursor : DataViewRowCursor
{
    private const int FirstWindow = 32;
    private static readonly MethodInfo MakeScalarMethod = typeof(BatchCursor).GetMethod(nameof(MakeScalar), BindingFlags.Static | BindingFlags.NonPublic)!;
    private static readonly MethodInfo MakeVectorMethod = typeof(BatchCursor).GetMethod(nameof(MakeVector), BindingFlags.Static | BindingFlags.NonPublic)!;

    private readonly RowMapping _mapping;
    private readonly IRowWindow _window;
    private readonly DataViewRowCursor _input;
    private readonly bool[] _active;
    private readonly int _windowRows;
    private readonly KeptColumn?[] _kept;
    private readonly ValueGetter<DataViewRowId> _readId;
    private DataViewRowId[] _ids = [];
    private long[] _batches = [];
    private int _capacity, _count, _slot = -1;
    private long _position = -1;
    private bool _ended;

    public BatchCursor(RowMapping mapping, IBatchMapping batches, DataViewRowCursor input, bool[] active)
    {
        (_mapping, _input, _active) = (mapping, input, active);
        _windowRows = Math.Max(1, batches.WindowRows);
        _window = batches.OpenWindow(input, active.AsSpan(mapping.InputSchema.Count), () => _slot);
        _readId = input.GetIdGetter();
        _kept = new KeptColumn?[mapping.InputSchema.Count];
        for (int i = 0; i < _kept.Length; i++)
        {
            if (active[i])
                _kept[i] = Keep(input, mapping.InputSchema[i]);
        }
    }

    public override long Position => _position;

    public override long Batch => IsAtRow ? _batches[_slot] : 0;

    public override DataViewSchema Schema => _mapping.OutputSchema;

    private bool IsAtRow => _slot >= 0 && _slot < _count;

    public override bool IsColumnActive(DataViewSchema.Column column) => _active[column.Index];

    public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId id) => id = _ids[CheckedSlot()];

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
    {
        if (column.Index >= _kept.Length)
            return _mapping.GetGetter<TValue>(column, _input, _window.Getters);
        var kept = _kept[column.Index]
            ?? throw new InvalidOperationException($"The column '{column.Name}' is not active: it was not among the columns needed when the cursor was opened.");
        return kept.MakeGetter(CheckedSlot) as ValueGetter<TValue>
            ?? throw new InvalidOperationException($"The column '{column.Name}' is of type {column.Type}; its values are {column.Type.RawType}, not {typeof(TValue)}.");
    }

    public override bool MoveNext()
    {
        if (++_slot >= _count && !Fill())
        {
            _position = -1;
            return false;
        }
        _position++;
        return true;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _input.Dispose();
        base.Dispose(disposing);
    }

    private int CheckedSlot() => IsAtRow ? _slot : throw new InvalidOperationException("The cursor is not at a row: call MoveNext before reading values, and stop when it returns false.");

    private bool Fill()
    {
        _count = _slot = 0;
        if (_ended)
            return false;
        Grow();
        while (_count < _capacity)
        {
            if (!_input.MoveNext())
            {
                _ended = true;
                break;
            }
            foreach (var column in _kept)
                column?.Keep(_count);
            _readId(ref _ids[_count]);
            _batches[_count] = _input.Batch;
            _window.Read();
            _count++;
        }
        _window.Compute();
        return _count > 0;
    }

    private void Grow()
    {
        int capacity = Math.Min(_windowRows, Math.Max(FirstWindow, 2 * _capacity));
        if (capacity == _capacity)
            return;
        _capacity = capacity;
        Array.Resize(ref _ids, capacity);
        Array.Resize(ref _batches, capacity);
        foreach (var column in _kept)
            column?.Grow(capacity);
    }

    private static KeptColumn Keep(DataViewRow row, DataViewSchema.Column column)
    {
        var make = column.Type is VectorDataViewType vector
            ? MakeVectorMethod.MakeGenericMethod(vector.ItemType.RawType)
            : MakeScalarMethod.MakeGenericMethod(column.Type.RawType);
        return (KeptColumn)make.Invoke(null, [row, column])!;
    }

    private static KeptColumn MakeScalar<T>(DataViewRow row, DataViewSchema.Column column) => new KeptScalars<T>(row.GetGetter<T>(column));

    private static KeptColumn MakeVector<T>(DataViewRow row, DataViewSchema.Column column) => new KeptVectors<T>(row.GetGetter<VBuffer<T>>(column));

    /// <summary>The values of a column of the source, for the rows of a window.</summary>
    private abstract class KeptColumn
    {
        public abstract void Grow(int capacity);

        public abstract void Keep(int slot);

        public abstract Delegate MakeGetter(Func<int> slot);
    }

    private sealed class KeptScalars<T>(ValueGetter<T> read) : KeptColumn
    {
        private T[] _values = [];

        public override void Grow(int capacity) => Array.Resize(ref _values, capacity);

        public override void Keep(int slot)
        {
            // A getter may reuse the object that it is given, which the consumer of an earlier row may still hold.
            _values[slot] = default!;
            read(ref _values[slot]);
        }

        public override Delegate MakeGetter(Func<int> slot) => (ValueGetter<T>)((ref T value) => value = _values[slot()]);
    }

    private sealed class KeptVectors<T>(ValueGetter<VBuffer<T>> read) : KeptColumn
    {
        private VBuffer<T>[] _values = [];

        public override void Grow(int capacity) => Array.Resize(ref _values, capacity);

        public override void Keep(int slot) => read(ref _values[slot]);

        public override Delegate MakeGetter(Func<int> slot) => (ValueGetter<VBuffer<T>>)((ref VBuffer<T> value) => _values[slot()].CopyTo(ref value));
    }
}
