using System.Globalization;
using System.Reflection;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLPipelines.MLNet;

namespace MLPipelines.Recommendation;

/// <summary>Reads identifiers: texts, whole numbers as their digits, and keys as what they stand for.</summary>
internal static class IdColumns
{
    private const string Expected = "String, a whole number or a key";

    private static readonly MethodInfo NumberMethod = typeof(IdColumns).GetMethod(nameof(Number), BindingFlags.Static | BindingFlags.NonPublic)!;
    private static readonly MethodInfo KeyMethod = typeof(IdColumns).GetMethod(nameof(Key), BindingFlags.Static | BindingFlags.NonPublic)!;

    public static DataViewSchema.Column Find(DataViewSchema schema, string name) => schema.FindInput(name, Fits, Expected);

    /// <summary>Reads the identifier of the current row; null where it is missing.</summary>
    public static Func<string?> MakeReader(DataViewRow row, DataViewSchema.Column column)
    {
        if (column.Type is TextDataViewType)
            return Text(row, column);
        if (column.Type is not KeyDataViewType)
            return (Func<string?>)NumberMethod.MakeGenericMethod(column.Type.RawType).Invoke(null, [row, column])!;
        return (Func<string?>)KeyMethod.MakeGenericMethod(column.Type.RawType).Invoke(null, [row, column, column.KeyTextsOrNull()])!;
    }

    private static bool Fits(DataViewType type) => type is TextDataViewType or KeyDataViewType
        || type is NumberDataViewType && type.RawType != typeof(float) && type.RawType != typeof(double);

    private static Func<string?> Text(DataViewRow row, DataViewSchema.Column column)
    {
        var getter = row.GetGetter<ReadOnlyMemory<char>>(column);
        ReadOnlyMemory<char> text = default;
        return () =>
        {
            getter(ref text);
            return text.IsEmpty ? null : text.ToString();
        };
    }

    private static Func<string?> Number<T>(DataViewRow row, DataViewSchema.Column column) where T : IFormattable
    {
        var getter = row.GetGetter<T>(column);
        T value = default!;
        return () =>
        {
            getter(ref value);
            return value.ToString(null, CultureInfo.InvariantCulture);
        };
    }

    private static Func<string?> Key<T>(DataViewRow row, DataViewSchema.Column column, string?[]? texts) where T : IConvertible
    {
        var getter = row.GetGetter<T>(column);
        T value = default!;
        return () =>
        {
            getter(ref value);
            return KeyTexts.TextOfKey(texts, value.ToUInt64(CultureInfo.InvariantCulture));
        };
    }
}
