using System.Numerics;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>
/// The rows whose value in a column of numbers or keys lies in a range, or outside of it. A key counts as the middle of
/// its share of [0, 1]. Missing values are in neither.
/// </summary>
internal sealed class RangeFilter : DerivedDataView
{
    private readonly DataViewSchema.Column _column;
    private readonly Bounds _bounds;

    public RangeFilter(IHostEnvironment env, IDataView source, string columnName, Bounds bounds) : base(source)
    {
        env.Register("RangeFilter");
        _column = source.Schema[columnName];
        if (!IsValidType(_column.Type))
            throw Contracts.ExceptUserArg(nameof(columnName), $"Column '{columnName}' does not have compatible type: it is of type {_column.Type}, and must be Single, Double or a key.");
        _bounds = bounds;
    }

    /// <summary>A range that holds <paramref name="Min"/> and, where so said, <paramref name="Max"/>; or what is outside of it.</summary>
    public readonly record struct Bounds(double Min, double Max, bool IncludeMax = false, bool Complement = false)
    {
        public bool Accept(double value)
        {
            if (double.IsNaN(value))
                return false;
            return (value >= Min && (value < Max || (IncludeMax && value == Max))) != Complement;
        }
    }

    public static bool IsValidType(DataViewType type) =>
        type == NumberDataViewType.Single || type == NumberDataViewType.Double || type is KeyDataViewType;

    public override DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random rand = null)
    {
        var (active, inputs) = Columns(columnsNeeded);
        return MakeCursor(Source.GetRowCursor(inputs, rand), active);
    }

    public override DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random rand = null)
    {
        var (active, inputs) = Columns(columnsNeeded);
        return Array.ConvertAll(Source.GetRowCursorSet(inputs, n, rand), cursor => MakeCursor(cursor, active));
    }

    private (bool[] Active, IEnumerable<DataViewSchema.Column> Inputs) Columns(IEnumerable<DataViewSchema.Column> columnsNeeded)
    {
        var active = DataViewUtils.ActiveColumns(Schema, columnsNeeded);
        var inputs = (bool[])active.Clone();
        inputs[_column.Index] = true;
        return (active, Schema.Columns(inputs));
    }

    private DataViewRowCursor MakeCursor(DataViewRowCursor input, bool[] active)
    {
        Func<bool> accept;
        if (_column.Type is KeyDataViewType key)
            accept = GenericDispatch.Invoke<DataViewRow, ulong, Func<bool>>(key.RawType, KeyTest<uint>, input, key.Count);
        else if (_column.Type == NumberDataViewType.Single)
            accept = NumberTest<float>(input);
        else
            accept = NumberTest<double>(input);
        return new Cursor(input, active, accept);
    }

    private Func<bool> NumberTest<T>(DataViewRow input) where T : INumber<T>
    {
        var getter = input.GetGetter<T>(_column);
        var bounds = _bounds;
        T value = default;
        return () =>
        {
            getter(ref value);
            return bounds.Accept(double.CreateTruncating(value));
        };
    }

    private Func<bool> KeyTest<T>(DataViewRow input, ulong count) where T : INumber<T>
    {
        var getter = input.GetGetter<T>(_column);
        var bounds = _bounds;
        T value = default;
        return () =>
        {
            getter(ref value);
            ulong key = ulong.CreateTruncating(value);
            return key != 0 && key <= count && bounds.Accept(((uint)key - 0.5) / count);
        };
    }

    private sealed class Cursor(DataViewRowCursor input, bool[] active, Func<bool> accept) : FilteringCursor(input)
    {
        public override bool IsColumnActive(DataViewSchema.Column column) => active[column.Index];

        protected override bool Accept() => accept();
    }
}
