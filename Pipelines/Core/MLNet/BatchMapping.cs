using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLPipelines.MLNet;

/// <summary>
/// A <see cref="RowMapping"/> for models that compute many rows at once far faster than one by one. A cursor reads a window of
/// rows ahead, computes them together, and gives them back in order; a single row, as of a prediction engine, is computed alone.
/// </summary>
/// <remarks>
/// The source is read once: the values of the other columns are kept for the rows of the window. The first window is small and
/// each next one twice as large, so that whoever looks at a few rows does not wait for many.
/// </remarks>
/// <typeparam name="TItem">What is read from a row.</typeparam>
/// <typeparam name="TResult">What is computed from it; it must not change afterwards.</typeparam>
public abstract class BatchMapping<TItem, TResult> : RowMapping, IBatchMapping
{
    /// <inheritdoc cref="RowMapping(DataViewSchema, IEnumerable{DataViewSchema.Column}, IEnumerable{DataViewSchema.DetachedColumn})"/>
    protected BatchMapping(DataViewSchema inputSchema, IEnumerable<DataViewSchema.Column> inputs, params IEnumerable<DataViewSchema.DetachedColumn> outputs)
        : base(inputSchema, inputs, outputs)
    {
    }

    /// <summary>The most rows that are read ahead.</summary>
    protected virtual int WindowRows => 1024;

    /// <summary>Makes what reads the item of the row that <paramref name="input"/> is at.</summary>
    protected abstract Func<TItem> MakeReader(DataViewRow input);

    /// <summary>Computes the results of items, one for each. Called from several threads at once where there are several cursors.</summary>
    protected abstract TResult[] Compute(IReadOnlyList<TItem> items);

    /// <summary>Makes the <see cref="ValueGetter{TValue}"/> of an added column, counted from 0, over the result of the current row.</summary>
    protected abstract Delegate MakeGetter(int output, Func<TResult> current);

    /// <summary>Whether two items, read one after the other from the same row, are the same, so that the result holds for both.</summary>
    protected virtual bool IsSame(TItem first, TItem second) => EqualityComparer<TItem>.Default.Equals(first, second);

    /// <inheritdoc/>
    protected internal sealed override Delegate?[] MakeGetters(DataViewRow input, ReadOnlySpan<bool> active)
    {
        var getters = new Delegate?[active.Length];
        if (!active.Contains(true))
            return getters;
        var read = MakeReader(input);
        bool hasResult = false;
        long position = 0;
        TItem last = default!;
        TResult result = default!;
        MakeActive(getters, active, () =>
        {
            var item = read();
            if (!hasResult || position != input.Position || !IsSame(item, last))
            {
                result = Compute([item])[0];
                (hasResult, position, last) = (true, input.Position, item);
            }
            return result;
        });
        return getters;
    }

    IRowWindow IBatchMapping.OpenWindow(DataViewRow input, ReadOnlySpan<bool> active, Func<int> slot)
    {
        var window = new Window(this, MakeReader(input));
        var getters = new Delegate?[active.Length];
        MakeActive(getters, active, () => window.Results[slot()]);
        window.Getters = getters;
        return window;
    }

    int IBatchMapping.WindowRows => WindowRows;

    private void MakeActive(Delegate?[] getters, ReadOnlySpan<bool> active, Func<TResult> current)
    {
        for (int i = 0; i < getters.Length; i++)
        {
            if (active[i])
                getters[i] = MakeGetter(i, current);
        }
    }

    private sealed class Window(BatchMapping<TItem, TResult> mapping, Func<TItem> read) : IRowWindow
    {
        private readonly List<TItem> _items = [];

        public TResult[] Results { get; private set; } = [];

        public Delegate?[] Getters { get; set; } = [];

        public void Read() => _items.Add(read());

        public void Compute()
        {
            Results = _items.Count == 0 ? [] : mapping.Compute(_items);
            _items.Clear();
        }
    }
}

/// <summary>What a cursor needs of a batch mapping, whatever its items are.</summary>
internal interface IBatchMapping
{
    int WindowRows { get; }

    IRowWindow OpenWindow(DataViewRow input, ReadOnlySpan<bool> active, Func<int> slot);
}

/// <summary>The rows of one window: read one by one, then computed together.</summary>
internal interface IRowWindow
{
    Delegate?[] Getters { get; }

    void Read();

    void Compute();
}
