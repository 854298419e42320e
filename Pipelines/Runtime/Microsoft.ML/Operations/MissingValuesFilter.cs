using Microsoft.ML.Internal;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>The rows without a missing value in any of some columns.</summary>
internal sealed class MissingValuesFilter : DerivedDataView
{
    private readonly DataViewSchema.Column[] _columns;

    public MissingValuesFilter(IHostEnvironment env, IDataView source, string[] columns) : base(source)
    {
        env.Register("MissingValueFilter");
        if (columns is not { Length: > 0 })
            throw Contracts.ExceptUserArg(nameof(columns), "Name at least one column.");
        _columns = new DataViewSchema.Column[columns.Length];
        for (int i = 0; i < columns.Length; i++)
        {
            string name = columns[i];
            var column = source.Schema.GetColumnOrNull(name) ?? throw Contracts.ExceptUserArg(nameof(columns), $"Source column '{name}' not found");
            if (columns.AsSpan(0, i).Contains(name))
                throw Contracts.ExceptUserArg(nameof(columns), $"Source column '{name}' specified multiple times");
            if (!CanTest(column.Type.ItemTypeOrSelf()))
                throw Contracts.ExceptUserArg(nameof(columns), $"Column '{name}' does not have compatible numeric type: it is of type {column.Type}.");
            _columns[i] = column;
        }
    }

    private static bool CanTest(DataViewType type) => type switch
    {
        NumberDataViewType => Type.GetTypeCode(type.RawType) is TypeCode.SByte or TypeCode.Int16 or TypeCode.Int32 or TypeCode.Int64 or TypeCode.Single or TypeCode.Double,
        TextDataViewType or BooleanDataViewType or KeyDataViewType or TimeSpanDataViewType or DateTimeDataViewType or DateTimeOffsetDataViewType => true,
        _ => false,
    };

    public override DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random rand = null)
    {
        var (active, inputs) = Columns(columnsNeeded);
        return new Cursor(Source.GetRowCursor(inputs, rand), active, _columns);
    }

    public override DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random rand = null)
    {
        var (active, inputs) = Columns(columnsNeeded);
        return Array.ConvertAll(Source.GetRowCursorSet(inputs, n, rand), DataViewRowCursor (cursor) => new Cursor(cursor, active, _columns));
    }

    private (bool[] Active, IEnumerable<DataViewSchema.Column> Inputs) Columns(IEnumerable<DataViewSchema.Column> columnsNeeded)
    {
        var active = DataViewUtils.ActiveColumns(Schema, columnsNeeded);
        var inputs = (bool[])active.Clone();
        foreach (var column in _columns)
            inputs[column.Index] = true;
        return (active, Schema.Columns(inputs));
    }

    private sealed class Cursor(DataViewRowCursor input, bool[] active, DataViewSchema.Column[] columns) : FilteringCursor(input)
    {
        private readonly Func<bool>[] _tests = [.. columns.Select(column => MakeTest(input, column)).Where(test => test != null)];

        public override bool IsColumnActive(DataViewSchema.Column column) => active[column.Index];

        protected override bool Accept()
        {
            foreach (var isMissing in _tests)
            {
                if (isMissing())
                    return false;
            }
            return true;
        }

        private static Func<bool> MakeTest(DataViewRow row, DataViewSchema.Column column) => column.Type is VectorDataViewType vector
            ? GenericDispatch.Invoke<DataViewRow, DataViewSchema.Column, Func<bool>>(vector.ItemType.RawType, VectorTest<int>, row, column)
            : GenericDispatch.Invoke<DataViewRow, DataViewSchema.Column, Func<bool>>(column.Type.RawType, ScalarTest<int>, row, column);

        private static Func<bool> ScalarTest<T>(DataViewRow row, DataViewSchema.Column column) => Test(row, column, Missing.GetPredicate<T>(column.Type));

        private static Func<bool> VectorTest<T>(DataViewRow row, DataViewSchema.Column column) => Test(row, column, Missing.GetVectorPredicate<T>(column.Type.ItemTypeOrSelf()));

        private static Func<bool> Test<T>(DataViewRow row, DataViewSchema.Column column, InPredicate<T> isMissing)
        {
            if (isMissing == null)
                return null;
            var getter = row.GetGetter<T>(column);
            T value = default;
            return () =>
            {
                getter(ref value);
                return isMissing(in value);
            };
        }
    }
}
