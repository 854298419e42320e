using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLPipelines.Text;

/// <summary>Reads the rows that a text classifier is trained on.</summary>
internal static class LabelledTexts
{
    /// <summary>The texts that have a label, the class of each, and the names of the classes.</summary>
    /// <remarks>Classes of a key column keep their order, also those without a row; text labels come in the order of first occurrence.</remarks>
    public static (List<string?> Texts, int[] Labels, string[] Names) Read(IDataView input, string textColumn, string labelColumn, CancellationToken cancellation)
    {
        var text = input.Schema.FindText(textColumn);
        var label = input.Schema.FindLabel(labelColumn);
        using var cursor = input.GetRowCursor([text, label]);
        var readText = cursor.GetGetter<ReadOnlyMemory<char>>(text);
        var names = new List<string>();
        var readLabel = label.Type is KeyDataViewType ? KeyReader(cursor, label, names) : TextReader(cursor, label, names);
        var texts = new List<string?>();
        var labels = new List<int>();
        ReadOnlyMemory<char> value = default;
        long rows = 0;
        for (; cursor.MoveNext(); rows++)
        {
            TextRows.Check(rows, cancellation);
            int index = readLabel();
            if (index < 0)
                continue;
            readText(ref value);
            texts.Add(value.ToString());
            labels.Add(index);
        }
        if (labels.Count == 0)
            throw TextErrors.NoLabelledRows(label.Name, rows);
        if (labels.TrueForAll(other => other == labels[0]))
            throw TextErrors.OneClass(names[labels[0]], labels.Count);
        return (texts, [.. labels], [.. names]);
    }

    private static Func<int> TextReader(DataViewRow row, DataViewSchema.Column label, List<string> names)
    {
        var getter = row.GetGetter<ReadOnlyMemory<char>>(label);
        var indices = new Dictionary<string, int>(StringComparer.Ordinal);
        var lookup = indices.GetAlternateLookup<ReadOnlySpan<char>>();
        ReadOnlyMemory<char> value = default;
        return () =>
        {
            getter(ref value);
            if (value.IsEmpty)
                return -1;
            if (lookup.TryGetValue(value.Span, out int index))
                return index;
            indices.Add(value.ToString(), names.Count);
            names.Add(value.ToString());
            return names.Count - 1;
        };
    }

    /// <summary>What reads keys, counted from 0 and -1 where missing; adds the names of all keys.</summary>
    public static Func<int> KeyReader(DataViewRow row, DataViewSchema.Column label, List<string> names)
    {
        int count = checked((int)((KeyDataViewType)label.Type).Count);
        VBuffer<ReadOnlyMemory<char>> values = default;
        bool named = label.HasKeyValues(TextDataViewType.Instance);
        if (named)
            label.GetKeyValues(ref values);
        for (int i = 0; i < count; i++)
            names.Add(named ? values.GetItemOrDefault(i).ToString() : i.ToString(System.Globalization.CultureInfo.InvariantCulture));
        if (label.Type.RawType == typeof(byte))
            return Reader<byte>(row, label, key => key);
        if (label.Type.RawType == typeof(ushort))
            return Reader<ushort>(row, label, key => key);
        return label.Type.RawType == typeof(uint) ? Reader<uint>(row, label, key => key) : Reader<ulong>(row, label, key => key);
    }

    private static Func<int> Reader<T>(DataViewRow row, DataViewSchema.Column label, Func<T, ulong> widen)
    {
        var getter = row.GetGetter<T>(label);
        T key = default!;
        return () =>
        {
            getter(ref key);
            return (int)widen(key) - 1;
        };
    }
}
