using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms;

/// <summary>The rows of a view for which a program's predicate is false.</summary>
internal sealed class CustomFilter<TSrc> : DerivedDataView where TSrc : class, new()
{
    private readonly RowBinding<TSrc> _binding;
    private readonly Func<Func<TSrc, bool>> _makePredicate;
    private readonly bool _isStateful;

    /// <param name="env">The environment.</param>
    /// <param name="input">The data.</param>
    /// <param name="makePredicate">Makes the predicate for one cursor.</param>
    /// <param name="isStateful">Whether the predicate must see the rows in one sequence.</param>
    public CustomFilter(IHostEnvironment env, IDataView input, Func<Func<TSrc, bool>> makePredicate, bool isStateful) : base(input)
    {
        Contracts.CheckValue(input, nameof(input));
        var host = env.Register("CustomFilter");
        _binding = new RowBinding<TSrc>(host, input.Schema, false, null);
        _makePredicate = makePredicate;
        _isStateful = isStateful;
    }

    public override bool CanShuffle => !_isStateful && Source.CanShuffle;

    public override DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random rand = null)
    {
        var active = DataViewUtils.ActiveColumns(Schema, columnsNeeded);
        return MakeCursor(Source.GetRowCursor(InputColumns(active), rand), active);
    }

    public override DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random rand = null)
    {
        if (_isStateful)
            return [GetRowCursor(columnsNeeded, rand)];
        var active = DataViewUtils.ActiveColumns(Schema, columnsNeeded);
        return Array.ConvertAll(Source.GetRowCursorSet(InputColumns(active), n, rand), cursor => MakeCursor(cursor, active));
    }

    private IEnumerable<DataViewSchema.Column> InputColumns(bool[] active)
    {
        var inputs = (bool[])active.Clone();
        foreach (var column in _binding.Columns)
            inputs[column.Index] = true;
        return Schema.Columns(inputs);
    }

    private DataViewRowCursor MakeCursor(DataViewRowCursor input, bool[] active) =>
        new Cursor(input, active, _binding.MakeWriters(input), _makePredicate());

    private sealed class Cursor(DataViewRowCursor input, bool[] active, Action<TSrc>[] writers, Func<TSrc, bool> predicate) : FilteringCursor(input)
    {
        private readonly TSrc _row = new();

        public override bool IsColumnActive(DataViewSchema.Column column) => active[column.Index];

        protected override bool Accept()
        {
            foreach (var write in writers)
                write(_row);
            return !predicate(_row);
        }
    }
}
