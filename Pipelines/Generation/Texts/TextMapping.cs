using System.Runtime.InteropServices;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLPipelines.MLNet;

namespace MLPipelines.Generation;

/// <summary>The texts of a row, one for each column that is read; equal where all are.</summary>
internal sealed class RowTexts(string[] values) : IEquatable<RowTexts>
{
    public string this[int column] => values[column];

    /// <summary>The text of the column of a name; null where it is not read.</summary>
    public string? this[IReadOnlyList<string> names, string name]
    {
        get
        {
            for (int i = 0; i < names.Count; i++)
            {
                if (names[i] == name)
                    return values[i];
            }
            return null;
        }
    }

    public string[] Values => values;

    public bool Equals(RowTexts? other) => other is not null && values.AsSpan().SequenceEqual(other.Values);

    public override bool Equals(object? other) => Equals(other as RowTexts);

    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (string value in values)
            hash.Add(value, StringComparer.Ordinal);
        return hash.ToHashCode();
    }
}

/// <summary>Computes columns from texts of the same row, many rows at once.</summary>
internal sealed class TextMapping<TResult>(
    DataViewSchema inputSchema, IReadOnlyList<string> textColumns, IReadOnlyList<TextColumn<TResult>> outputs, Func<IReadOnlyList<RowTexts>, TResult[]> compute)
    : BatchMapping<RowTexts, TResult>(inputSchema, textColumns.Select(inputSchema.FindText), outputs.Select(output => output.Column))
{
    protected override Func<RowTexts> MakeReader(DataViewRow input)
    {
        var readers = textColumns.Select(name => TextColumns.Reader(input, InputSchema[name])).ToArray();
        return () => new RowTexts(Array.ConvertAll(readers, read => read()));
    }

    protected override TResult[] Compute(IReadOnlyList<RowTexts> items) => compute(items);

    protected override Delegate MakeGetter(int output, Func<TResult> current) => outputs[output].MakeGetter(current);
}

/// <summary>A column that a transformer adds, and how its value is had from the result of a row.</summary>
internal sealed record TextColumn<TResult>(DataViewSchema.DetachedColumn Column, Func<Func<TResult>, Delegate> MakeGetter);

/// <summary>Finds, reads and makes columns.</summary>
internal static class TextColumns
{
    public static DataViewSchema.Column FindText(this DataViewSchema schema, string name) => schema.FindInput(name, type => type is TextDataViewType, "String");

    /// <summary>What reads a text column as strings, without a copy where the column holds whole strings.</summary>
    public static Func<string> Reader(DataViewRow row, DataViewSchema.Column column)
    {
        var getter = row.GetGetter<ReadOnlyMemory<char>>(column);
        ReadOnlyMemory<char> value = default;
        return () =>
        {
            getter(ref value);
            return MemoryMarshal.TryGetString(value, out string? text, out int start, out int length) && start == 0 && length == text.Length ? text : value.ToString();
        };
    }

    public static TextColumn<T> Text<T>(string name, Func<T, string> select) =>
        new(new(name, TextDataViewType.Instance), current => (ValueGetter<ReadOnlyMemory<char>>)((ref ReadOnlyMemory<char> value) => value = select(current()).AsMemory()));

    public static TextColumn<T> Number<T>(string name, Func<T, float> select) =>
        new(new(name, NumberDataViewType.Single), current => (ValueGetter<float>)((ref float value) => value = select(current())));

    public static SchemaShape.Column TextShape(string name) => SchemaShapes.Column(name, SchemaShape.Column.VectorKind.Scalar, TextDataViewType.Instance);

    public static SchemaShape.Column NumberShape(string name) => SchemaShapes.Column(name, SchemaShape.Column.VectorKind.Scalar, NumberDataViewType.Single);
}
