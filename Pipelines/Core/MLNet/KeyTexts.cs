using System.Globalization;
using System.Reflection;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLPipelines.MLNet;

/// <summary>What keys stand for.</summary>
public static class KeyTexts
{
    private const string KeyValues = "KeyValues";

    private static readonly MethodInfo ReadMethod = typeof(KeyTexts).GetMethod(nameof(Read), BindingFlags.Static | BindingFlags.NonPublic)!;

    /// <summary>The texts of a column's keys, the first at index 0: its key values, numbers as their digits; <see langword="null"/> where it has none.</summary>
    public static string?[]? KeyTextsOrNull(this DataViewSchema.Column column) =>
        column.Annotations.Schema.GetColumnOrNull(KeyValues)?.Type is VectorDataViewType values
            ? (string?[])ReadMethod.MakeGenericMethod(values.ItemType.RawType).Invoke(null, [column])!
            : null;

    /// <summary>The text of a key: <see langword="null"/> for a missing one (0) and one beyond the texts; its digits where there are no texts.</summary>
    /// <param name="texts">What <see cref="KeyTextsOrNull"/> gave.</param>
    /// <param name="key">The key, counted from 1.</param>
    public static string? TextOfKey(string?[]? texts, ulong key) =>
        key == 0 ? null : texts is null ? key.ToString(CultureInfo.InvariantCulture) : key <= (ulong)texts.Length ? texts[key - 1] : null;

    private static string?[] Read<T>(DataViewSchema.Column column)
    {
        VBuffer<T> values = default;
        column.Annotations.GetValue(KeyValues, ref values);
        return [.. values.DenseValues().Select(value => value is ReadOnlyMemory<char> text ? text.ToString() : Convert.ToString(value, CultureInfo.InvariantCulture))];
    }
}
