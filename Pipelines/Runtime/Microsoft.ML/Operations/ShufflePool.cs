using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>
/// Shuffles by a pool: gives a random row of the pool, whose place the next row of the input takes. The pool is a ring
/// in the order in which rows came in; the chosen row changes places with the oldest one.
/// </summary>
internal sealed class ShufflePool : RootCursor
{
    private readonly DataViewRowCursor _input;
    private readonly Random _rand;
    private readonly Slots[] _columns;
    private readonly Slots<DataViewRowId> _ids;
    private readonly int[] _ring;
    private int _head = -1;
    private int _live;
    private bool _inputEnded;

    private ShufflePool(DataViewRowCursor input, int poolRows, Random rand)
    {
        _input = input;
        _rand = rand;
        _ring = [.. Enumerable.Range(0, poolRows)];
        _ids = new Slots<DataViewRowId>(input.GetIdGetter(), poolRows);
        _columns = new Slots[input.Schema.Count];
        foreach (var column in input.Schema)
        {
            if (input.IsColumnActive(column))
                _columns[column.Index] = GenericDispatch.Invoke<DataViewSchema.Column, Slots>(column.Type.RawType, MakeSlots<int>, column);
        }
    }

    /// <summary>A cursor over the rows of another in the order of a pool.</summary>
    public static DataViewRowCursor Create(DataViewRowCursor input, int poolRows, Random rand) =>
        poolRows <= 1 ? input : new ShufflePool(input, poolRows, rand);

    /// <summary>The order in which a pool gives rows that come in as 0 … <paramref name="count"/> − 1.</summary>
    public static int[] Order(int count, int poolRows, Random rand)
    {
        var order = new int[count];
        if (poolRows <= 1)
        {
            for (int i = 0; i < count; i++)
                order[i] = i;
            return order;
        }
        int live = Math.Min(count, poolRows);
        var ring = new int[poolRows];
        for (int i = 0; i < live; i++)
            ring[i] = i;
        int next = live;
        int head = 0;
        for (int i = 0; i < count; i++)
        {
            if (i > 0)
            {
                if (next < count)
                    ring[head] = next++;
                else
                    live--;
                head = (head + 1) % poolRows;
            }
            int chosen = (head + rand.Next(live)) % poolRows;
            (ring[head], ring[chosen]) = (ring[chosen], ring[head]);
            order[i] = ring[head];
        }
        return order;
    }

    public override DataViewSchema Schema => _input.Schema;

    public override bool IsColumnActive(DataViewSchema.Column column) => _input.IsColumnActive(column);

    public override ValueGetter<DataViewRowId> GetIdGetter() => _ids.MakeGetter(this);

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
    {
        var slots = _columns[column.Index] ?? throw DataViewUtils.ExceptInactive(column);
        return DataViewUtils.Cast<TValue>(slots.MakeGetterDelegate(this), column);
    }

    protected override bool MoveNextCore()
    {
        if (_head < 0)
        {
            _head = 0;
            while (_live < _ring.Length && TryFill(_ring[_live]))
                _live++;
        }
        else
        {
            if (!TryFill(_ring[_head]))
                _live--;
            _head = (_head + 1) % _ring.Length;
        }
        if (_live == 0)
            return false;
        int chosen = (_head + _rand.Next(_live)) % _ring.Length;
        (_ring[_head], _ring[chosen]) = (_ring[chosen], _ring[_head]);
        return true;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _input.Dispose();
        base.Dispose(disposing);
    }

    private bool TryFill(int slot)
    {
        if (_inputEnded || !_input.MoveNext())
        {
            _inputEnded = true;
            return false;
        }
        _ids.Fill(slot);
        foreach (var column in _columns)
            column?.Fill(slot);
        return true;
    }

    private int CurrentSlot() => IsGood ? _ring[_head] : throw Contracts.Except("Cannot call a getter on a cursor that stands on no row.");

    private Slots MakeSlots<T>(DataViewSchema.Column column) => column.Type is VectorDataViewType vector
        ? GenericDispatch.Invoke<DataViewSchema.Column, Slots>(vector.ItemType.RawType, MakeVectorSlots<int>, column)
        : new Slots<T>(_input.GetGetter<T>(column), _ring.Length);

    private Slots MakeVectorSlots<T>(DataViewSchema.Column column) => new VectorSlots<T>(_input.GetGetter<VBuffer<T>>(column), _ring.Length);

    /// <summary>The values of one column for the rows of the pool.</summary>
    private abstract class Slots
    {
        public abstract void Fill(int slot);

        public abstract Delegate MakeGetterDelegate(ShufflePool pool);
    }

    private class Slots<T>(ValueGetter<T> source, int count) : Slots
    {
        protected T[] Values { get; } = new T[count];

        public sealed override void Fill(int slot) => source(ref Values[slot]);

        public sealed override Delegate MakeGetterDelegate(ShufflePool pool) => MakeGetter(pool);

        public virtual ValueGetter<T> MakeGetter(ShufflePool pool) => (ref T value) => value = Values[pool.CurrentSlot()];
    }

    private sealed class VectorSlots<T>(ValueGetter<VBuffer<T>> source, int count) : Slots<VBuffer<T>>(source, count)
    {
        public override ValueGetter<VBuffer<T>> MakeGetter(ShufflePool pool) => (ref VBuffer<T> value) => Values[pool.CurrentSlot()].CopyTo(ref value);
    }
}
