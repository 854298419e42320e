using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLPipelines.MLNet;

namespace MLPipelines.Text;

/// <summary>Reads rows of text and labels to train or to judge on.</summary>
internal static class TextRows
{
    private const int RowsBetweenChecks = 1024;

    public static DataViewSchema.Column FindText(this DataViewSchema schema, string name) => schema.FindInput(name, type => type is TextDataViewType, "String");

    public static DataViewSchema.Column FindLabel(this DataViewSchema schema, string name) =>
        schema.FindInput(name, type => type is TextDataViewType or KeyDataViewType, "String or Key");

    public static DataViewSchema.Column FindLabels(this DataViewSchema schema, string name) =>
        schema.FindInput(name, type => type is TextDataViewType or VectorDataViewType { ItemType: TextDataViewType }, "String or Vector<String>");

    /// <summary>What reads a text column as strings, without a copy where the column holds whole strings.</summary>
    public static Func<string> TextReader(DataViewRow row, DataViewSchema.Column column)
    {
        var getter = row.GetGetter<ReadOnlyMemory<char>>(column);
        ReadOnlyMemory<char> value = default;
        return () =>
        {
            getter(ref value);
            return MemoryMarshal.TryGetString(value, out string? text, out int start, out int length) && start == 0 && length == text.Length ? text : value.ToString();
        };
    }

    /// <summary>Every text of a column.</summary>
    public static List<string> Read(IDataView input, string textColumn, CancellationToken cancellation)
    {
        var column = input.Schema.FindText(textColumn);
        using var cursor = input.GetRowCursor([column]);
        var read = TextReader(cursor, column);
        var texts = new List<string>();
        while (cursor.MoveNext())
        {
            Check(texts.Count, cancellation);
            texts.Add(read());
        }
        return texts;
    }

    /// <summary>Texts and their labels, each a set in the order of the column.</summary>
    public static (List<string> Texts, List<string[]> Labels) ReadMultiLabel(IDataView input, string textColumn, string labelColumn, char separator, CancellationToken cancellation)
    {
        var text = input.Schema.FindText(textColumn);
        var label = input.Schema.FindLabels(labelColumn);
        using var cursor = input.GetRowCursor([text, label]);
        var readText = TextReader(cursor, text);
        var readLabels = LabelsReader(cursor, label, separator);
        var (texts, labels) = (new List<string>(), new List<string[]>());
        while (cursor.MoveNext())
        {
            Check(texts.Count, cancellation);
            texts.Add(readText());
            labels.Add(readLabels());
        }
        return (texts, labels);
    }

    /// <summary>What reads several labels of a row; empty ones are left out, repeated ones come once.</summary>
    public static Func<string[]> LabelsReader(DataViewRow row, DataViewSchema.Column label, char separator)
    {
        if (label.Type is TextDataViewType)
        {
            var read = TextReader(row, label);
            return () => [.. read().Split(separator, StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Distinct(StringComparer.Ordinal)];
        }
        var getter = row.GetGetter<VBuffer<ReadOnlyMemory<char>>>(label);
        VBuffer<ReadOnlyMemory<char>> value = default;
        return () =>
        {
            getter(ref value);
            return [.. value.DenseValues().Select(item => item.ToString()).Where(item => item.Length > 0).Distinct(StringComparer.Ordinal)];
        };
    }

    /// <summary>For each row the class of its label among those given, or -1 where it is missing or unknown; matched by name.</summary>
    public static Func<int> ClassReader(DataViewRow row, DataViewSchema.Column label, IReadOnlyList<string> classes)
    {
        var indices = classes.Select((name, i) => (name, i)).ToDictionary(pair => pair.name, pair => pair.i, StringComparer.Ordinal);
        if (label.Type is TextDataViewType)
        {
            var read = TextReader(row, label);
            return () => indices.GetValueOrDefault(read(), -1);
        }
        var names = new List<string>();
        var readKey = LabelledTexts.KeyReader(row, label, names);
        int[] classOfKey = [.. names.Select(name => indices.GetValueOrDefault(name, -1))];
        return () => readKey() is >= 0 and int key ? classOfKey[key] : -1;
    }

    /// <summary>Honours cancellation every so many rows.</summary>
    public static void Check(long row, CancellationToken cancellation)
    {
        if (row % RowsBetweenChecks == 0)
            cancellation.ThrowIfCancellationRequested();
    }

    /// <summary>A seeded split of rows whose parts have about the same shares of each group; groups of one row stay in training.</summary>
    public static (int[] Train, int[] Validation) Split(int rows, Func<int, int> groupOf, double fraction, int seed)
    {
        if (fraction == 0)
            return ([.. Enumerable.Range(0, rows)], []);
        int[] order = [.. Enumerable.Range(0, rows)];
        new Random(seed).Shuffle(order);
        var isHeldOut = new bool[rows];
        double owed = 0;
        foreach (var group in order.GroupBy(groupOf).OrderBy(group => group.Key))
        {
            int[] members = [.. group];
            // What rounding leaves over goes on to the next group, so that many small ones give their share too.
            owed += fraction * members.Length;
            int take = Math.Min((int)Math.Round(owed), members.Length - 1);
            owed -= take;
            foreach (int row in members.AsSpan(0, take))
                isHeldOut[row] = true;
        }
        return ([.. Enumerable.Range(0, rows).Where(row => !isHeldOut[row])], [.. Enumerable.Range(0, rows).Where(row => isHeldOut[row])]);
    }

    public static string Listing(IEnumerable<string> names, int most = 5)
    {
        string[] all = [.. names];
        return string.Join(", ", all.Take(most).Select(name => $"'{name}'")) + (all.Length > most ? string.Create(CultureInfo.InvariantCulture, $" and {all.Length - most} more") : "");
    }
}
