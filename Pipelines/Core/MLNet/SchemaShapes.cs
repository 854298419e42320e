using System.Reflection;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLPipelines.MLNet;

/// <summary>Makes and changes schema shapes, whose columns ML.NET lets only its own assemblies make.</summary>
public static class SchemaShapes
{
    private static readonly ConstructorInfo ColumnConstructor =
        typeof(SchemaShape.Column).GetConstructor(
            BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public,
            [typeof(string), typeof(SchemaShape.Column.VectorKind), typeof(DataViewType), typeof(bool), typeof(SchemaShape)])
        ?? throw new MissingMethodException($"{typeof(SchemaShape.Column)} of {typeof(SchemaShape).Assembly.FullName} lacks the constructor (string, VectorKind, DataViewType, bool, SchemaShape). Use ML.NET 5.0.0.");

    /// <summary>A column of a shape.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="kind">Scalar, or vector of fixed or variable size.</param>
    /// <param name="itemType">The type of its values; for keys the number type that holds them.</param>
    /// <param name="isKey">Whether its values are keys.</param>
    /// <param name="annotations">The shape of its annotations, if any.</param>
    public static SchemaShape.Column Column(string name, SchemaShape.Column.VectorKind kind, DataViewType itemType, bool isKey = false, params IEnumerable<SchemaShape.Column> annotations) =>
        (SchemaShape.Column)ColumnConstructor.Invoke([name, kind, itemType, isKey, new SchemaShape(annotations)]);

    /// <summary>An annotation that is a vector of texts, such as slot names or key values.</summary>
    public static SchemaShape.Column TextVector(string kind) => Column(kind, SchemaShape.Column.VectorKind.Vector, TextDataViewType.Instance);

    /// <summary>The shape with columns added, each in place of one of the same name.</summary>
    public static SchemaShape With(this SchemaShape shape, params IReadOnlyList<SchemaShape.Column> columns)
    {
        ArgumentNullException.ThrowIfNull(shape);
        ArgumentNullException.ThrowIfNull(columns);
        var added = columns.ToDictionary(column => column.Name, StringComparer.Ordinal);
        var kept = shape.Select(column => added.Remove(column.Name, out var replacement) ? replacement : column).ToList();
        kept.AddRange(columns.Where(column => added.ContainsKey(column.Name)));
        return new SchemaShape(kept);
    }

    /// <summary>The column of that name.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is none.</exception>
    public static SchemaShape.Column Find(this SchemaShape shape, string name)
    {
        ArgumentNullException.ThrowIfNull(shape);
        foreach (var column in shape)
        {
            if (column.Name == name)
                return column;
        }
        throw new ArgumentOutOfRangeException(nameof(shape), $"Could not find input column '{name}'; the columns are: {string.Join(", ", shape.Select(column => column.Name))}.");
    }
}
