using Microsoft.ML.Data;
using Microsoft.ML.Internal;

namespace Microsoft.ML.Transforms;

/// <summary>
/// The text that stands for a value in names of keys and slots: as in a text file; of a key its name or, without names,
/// its number from 0.
/// </summary>
internal sealed class ValueToText<T>
{
    private readonly TextFormatter<T> _formatter;
    private readonly ValueMapper<T, ulong> _toKey;
    private readonly ReadOnlyMemory<char>[] _names;

    private ValueToText(TextFormatter<T> formatter, ReadOnlyMemory<char>[] names)
    {
        _formatter = formatter;
        _names = names;
        _toKey = names == null ? null : Conversions.Get<T, ulong>();
    }

    /// <summary>For the items of a column.</summary>
    public static ValueToText<T> Create(DataViewSchema.Column column)
    {
        if (column.Type.ItemTypeOrSelf() is not KeyDataViewType || KeySlotNames.KeyNamesOrNull(column) is not { } getNames)
            return Create((PrimitiveDataViewType)column.Type.ItemTypeOrSelf());
        VBuffer<ReadOnlyMemory<char>> names = default;
        getNames(ref names);
        return new ValueToText<T>(null, [.. names.DenseValues()]);
    }

    /// <summary>For values of a type; keys have no names.</summary>
    public static ValueToText<T> Create(PrimitiveDataViewType type) =>
        new(type is KeyDataViewType key ? Formatter.GetKey<T>(key.Count) : Formatter.Get<T>(), null);

    public string Get(in T value)
    {
        if (typeof(T) == typeof(ReadOnlyMemory<char>))
            return ((ReadOnlyMemory<char>)(object)value).ToString();
        if (_names != null)
        {
            ulong key = 0;
            _toKey(in value, ref key);
            return key == 0 || key > (ulong)_names.Length ? "" : _names[key - 1].ToString();
        }
        if (_formatter == null)
            return value.ToString();
        Span<char> buffer = stackalloc char[Formatter.MaxLength];
        return buffer[.._formatter(in value, buffer)].ToString();
    }
}
