using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>Which columns of a schema go into which members of a row class.</summary>
internal sealed class RowBinding<TRow> where TRow : class
{
    private readonly List<(DataViewSchema.Column Column, RowColumn Member)> _pairs = [];

    public RowBinding(IHostEnvironment env, DataViewSchema schema, bool ignoreMissingColumns, SchemaDefinition definition)
    {
        env.Register("TypedCursorable");
        foreach (var member in RowSchema.Create(typeof(TRow), definition, SchemaDefinition.Direction.Write).Columns)
        {
            if (schema.GetColumnOrNull(member.Name) is not { } column)
            {
                if (ignoreMissingColumns)
                    continue;
                throw Contracts.ExceptSchemaMismatch(nameof(schema), "", member.Name);
            }
            if (!Fits(column.Type, member))
                throw Contracts.Except($"Can't bind the IDataView column '{member.Name}' of type '{column.Type}' to field or property '{member.Member.Name}' of type '{member.MemberType.FullName}'.");
            _pairs.Add((column, member));
        }
    }

    public IEnumerable<DataViewSchema.Column> Columns => _pairs.Select(pair => pair.Column);

    /// <summary>Writers that together fill an object with the values of the current row.</summary>
    public Action<TRow>[] MakeWriters(DataViewRow row) =>
        [.. _pairs.Select(pair => RowWriter<TRow>.MakeWriter(row, pair.Column, pair.Member))];

    private static bool Fits(DataViewType type, RowColumn member)
    {
        if (type.RawType == member.MemberType)
            return true;
        var (isVector, item) = RowMember.Shape(member.MemberType, member.Member.Name, RowMember.RegisteredTypeOf(member.Member));
        return isVector == type is VectorDataViewType && type.ItemTypeOrSelf().RawType == item;
    }
}

/// <summary>Makes the writers of the members of a row class.</summary>
internal static class RowWriter<TRow> where TRow : class
{
    public static Action<TRow> MakeWriter(DataViewRow row, DataViewSchema.Column column, RowColumn member)
    {
        var type = member.MemberType;
        if (type == column.Type.RawType)
            return GenericDispatch.Invoke<DataViewRow, DataViewSchema.Column, RowColumn, Action<TRow>>(type, Value<int>, row, column, member);
        if (type == typeof(string))
            return MemberAccess<TRow>.Writer(member.Member, new TextSource(row.GetGetter<ReadOnlyMemory<char>>(column)), reuse: false);
        if (type == typeof(string[]))
            return MemberAccess<TRow>.Writer(member.Member, new TextsSource(row.GetGetter<VBuffer<ReadOnlyMemory<char>>>(column)), reuse: true);
        return GenericDispatch.Invoke<DataViewRow, DataViewSchema.Column, RowColumn, Action<TRow>>(type.GetElementType(), Items<int>, row, column, member);
    }

    private static Action<TRow> Value<T>(DataViewRow row, DataViewSchema.Column column, RowColumn member) =>
        MemberAccess<TRow>.Writer(member.Member, new ValueSource<T>(row.GetGetter<T>(column)), reuse: column.Type is VectorDataViewType);

    private static Action<TRow> Items<T>(DataViewRow row, DataViewSchema.Column column, RowColumn member) =>
        MemberAccess<TRow>.Writer(member.Member, new ItemsSource<T>(row.GetGetter<VBuffer<T>>(column)), reuse: true);

    private sealed class ValueSource<T>(ValueGetter<T> getter) : MemberSource<T>
    {
        public override T Next(T old)
        {
            getter(ref old);
            return old;
        }
    }

    /// <summary>Keeps the last text, so that a repeated one (a class, say) costs no new string.</summary>
    private sealed class TextSource(ValueGetter<ReadOnlyMemory<char>> getter) : MemberSource<string>
    {
        private ReadOnlyMemory<char> _value;
        private ReadOnlyMemory<char> _last;
        private string _text = "";

        public override string Next(string old)
        {
            getter(ref _value);
            if (!_value.Equals(_last))
                (_last, _text) = (_value, _value.ToString());
            return _text;
        }
    }

    private sealed class TextsSource(ValueGetter<VBuffer<ReadOnlyMemory<char>>> getter) : MemberSource<string[]>
    {
        private VBuffer<ReadOnlyMemory<char>> _value;

        public override string[] Next(string[] old)
        {
            getter(ref _value);
            if (old == null || old.Length != _value.Length)
                old = new string[_value.Length];
            if (!_value.IsDense)
                Array.Fill(old, "");
            foreach (var (index, text) in _value.Items())
                old[index] = text.ToString();
            return old;
        }
    }

    private sealed class ItemsSource<T>(ValueGetter<VBuffer<T>> getter) : MemberSource<T[]>
    {
        private VBuffer<T> _value;

        public override T[] Next(T[] old)
        {
            getter(ref _value);
            if (old == null || old.Length != _value.Length)
                old = new T[_value.Length];
            _value.CopyTo(old);
            return old;
        }
    }
}
