using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Trainers;

/// <summary>How the columns of examples are read while training.</summary>
internal static class TrainingGetters
{
    /// <summary>The label as a number: booleans 0 or 1, keys 0-based, a missing or impossible key NaN.</summary>
    public static ValueGetter<float> Label(DataViewRow row, DataViewSchema.Column column) => column.Type switch
    {
        BooleanDataViewType => Converted<bool>(row, column, value => value ? 1 : 0),
        KeyDataViewType key => Key(row, key, column, index => index == 0 ? float.NaN : index - 1),
        _ when column.Type.Equals(NumberDataViewType.Single) => row.GetGetter<float>(column),
        _ when column.Type.Equals(NumberDataViewType.Double) => Converted<double>(row, column, value => (float)value),
        _ => throw Contracts.ExceptSchemaMismatch("schema", "label", column.Name, "Single, Double, Boolean or Key", column.Type.ToString()),
    };

    /// <summary>The group key, 0 where it is missing; null where there is no column.</summary>
    public static ValueGetter<ulong> GroupOrNull(DataViewRow row, DataViewSchema.Column? column) => column switch
    {
        null => null,
        { Type: KeyDataViewType key } group => Key(row, key, group, index => index),
        { } other => throw Contracts.ExceptSchemaMismatch("schema", "group", other.Name, "Key", other.Type.ToString()),
    };

    /// <summary>The weight; null where there is no column.</summary>
    public static ValueGetter<float> WeightOrNull(DataViewRow row, DataViewSchema.Column? column) => column switch
    {
        null => null,
        { } weight when weight.Type.Equals(NumberDataViewType.Single) => row.GetGetter<float>(weight),
        { } weight when weight.Type.Equals(NumberDataViewType.Double) => Converted<double>(row, weight, value => (float)value),
        { } other => throw Contracts.ExceptParam("data", $"Training weight column '{other.Name}' must be of floating point numeric type, but has type: {other.Type}."),
    };

    private static ValueGetter<T> Key<T>(DataViewRow row, KeyDataViewType type, DataViewSchema.Column column, Func<ulong, T> convert)
    {
        ulong count = type.Count;
        T FromIndex(ulong index) => convert(index <= count ? index : 0);
        if (type.RawType == typeof(byte))
            return Read<byte, T>(row, column, value => FromIndex(value));
        if (type.RawType == typeof(ushort))
            return Read<ushort, T>(row, column, value => FromIndex(value));
        if (type.RawType == typeof(uint))
            return Read<uint, T>(row, column, value => FromIndex(value));
        return Read<ulong, T>(row, column, FromIndex);
    }

    private static ValueGetter<float> Converted<TValue>(DataViewRow row, DataViewSchema.Column column, Func<TValue, float> convert) =>
        Read(row, column, convert);

    private static ValueGetter<TResult> Read<TValue, TResult>(DataViewRow row, DataViewSchema.Column column, Func<TValue, TResult> convert)
    {
        var getter = row.GetGetter<TValue>(column);
        TValue value = default;
        return (ref TResult destination) =>
        {
            getter(ref value);
            destination = convert(value);
        };
    }
}
