using Microsoft.ML;
using Microsoft.ML.Data;
using MLPipelines.MLNet;

namespace MLPipelines.Text;

/// <summary>A column that a transformer adds, and how its value is had from the result of a row.</summary>
internal sealed record OutputColumn<TResult>(DataViewSchema.DetachedColumn Column, Func<Func<TResult>, Delegate> MakeGetter);

/// <summary>Makes the columns that transformers add, and their shapes.</summary>
internal static class OutputColumn
{
    private const string KeyValues = "KeyValues";
    private const string SlotNames = "SlotNames";

    /// <summary>A key over labels; 0 is missing.</summary>
    public static OutputColumn<T> Key<T>(string name, IReadOnlyList<string> labels, Func<T, uint> select) =>
        Scalar(KeyColumn(name, labels), select);

    public static DataViewSchema.DetachedColumn KeyColumn(string name, IReadOnlyList<string> labels) => new(name, new KeyDataViewType(typeof(uint), labels.Count), Names(KeyValues, labels));

    /// <summary>One number a label.</summary>
    public static OutputColumn<T> Scores<T>(string name, IReadOnlyList<string> labels, Func<T, float[]> select) =>
        Vector(ScoresColumn(name, labels), select);

    public static DataViewSchema.DetachedColumn ScoresColumn(string name, IReadOnlyList<string> labels) => new(name, new VectorDataViewType(NumberDataViewType.Single, labels.Count), Names(SlotNames, labels));

    /// <summary>A fixed number of numbers.</summary>
    public static OutputColumn<T> Numbers<T>(string name, int count, Func<T, float[]> select) => Vector(new(name, new VectorDataViewType(NumberDataViewType.Single, count)), select);

    /// <summary>Any number of numbers.</summary>
    public static OutputColumn<T> Numbers<T>(string name, Func<T, float[]> select) => Vector(new(name, new VectorDataViewType(NumberDataViewType.Single)), select);

    /// <summary>A number.</summary>
    public static OutputColumn<T> Number<T>(string name, Func<T, float> select) => Scalar(new(name, NumberDataViewType.Single), select);

    /// <summary>A text.</summary>
    public static OutputColumn<T> Text<T>(string name, Func<T, string> select) => Scalar(new(name, TextDataViewType.Instance), (T result) => select(result).AsMemory());

    /// <summary>Any number of texts.</summary>
    public static OutputColumn<T> Texts<T>(string name, Func<T, string[]> select) =>
        Vector(new(name, new VectorDataViewType(TextDataViewType.Instance)), (T result) => Array.ConvertAll(select(result), text => text.AsMemory()));

    public static SchemaShape.Column KeyShape(string name) =>
        SchemaShapes.Column(name, SchemaShape.Column.VectorKind.Scalar, NumberDataViewType.UInt32, isKey: true, SchemaShapes.TextVector(KeyValues));

    public static SchemaShape.Column ScoresShape(string name) =>
        SchemaShapes.Column(name, SchemaShape.Column.VectorKind.Vector, NumberDataViewType.Single, isKey: false, SchemaShapes.TextVector(SlotNames));

    public static SchemaShape.Column NumbersShape(string name, bool isVariable) =>
        SchemaShapes.Column(name, isVariable ? SchemaShape.Column.VectorKind.VariableVector : SchemaShape.Column.VectorKind.Vector, NumberDataViewType.Single);

    public static SchemaShape.Column NumberShape(string name) => SchemaShapes.Column(name, SchemaShape.Column.VectorKind.Scalar, NumberDataViewType.Single);

    public static SchemaShape.Column TextShape(string name) => SchemaShapes.Column(name, SchemaShape.Column.VectorKind.Scalar, TextDataViewType.Instance);

    public static SchemaShape.Column TextsShape(string name) => SchemaShapes.Column(name, SchemaShape.Column.VectorKind.VariableVector, TextDataViewType.Instance);

    private static OutputColumn<TResult> Scalar<TResult, T>(DataViewSchema.DetachedColumn column, Func<TResult, T> select) =>
        new(column, current => (ValueGetter<T>)((ref T value) => value = select(current())));

    private static OutputColumn<TResult> Vector<TResult, T>(DataViewSchema.DetachedColumn column, Func<TResult, T[]> select) =>
        new(column, current => (ValueGetter<VBuffer<T>>)((ref VBuffer<T> value) =>
        {
            var values = select(current());
            var editor = VBufferEditor.Create(ref value, values.Length);
            values.CopyTo(editor.Values);
            value = editor.Commit();
        }));

    private static DataViewSchema.Annotations Names(string kind, IReadOnlyList<string> labels)
    {
        ReadOnlyMemory<char>[] names = [.. labels.Select(label => label.AsMemory())];
        var builder = new DataViewSchema.Annotations.Builder();
        ValueGetter<VBuffer<ReadOnlyMemory<char>>> getter = (ref VBuffer<ReadOnlyMemory<char>> value) => value = new VBuffer<ReadOnlyMemory<char>>(names.Length, names);
        builder.Add(kind, new VectorDataViewType(TextDataViewType.Instance, names.Length), getter);
        return builder.ToAnnotations();
    }
}
