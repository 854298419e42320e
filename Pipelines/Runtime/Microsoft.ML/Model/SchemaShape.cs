using System.Collections;
using System.Diagnostics.CodeAnalysis;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML;

/// <summary>What is known of a schema before data is seen: names and kinds of columns, not sizes.</summary>
[SuppressMessage("Naming", "CA1710", Justification = "The published name.")]
public sealed class SchemaShape : IReadOnlyList<SchemaShape.Column>
{
    private static readonly SchemaShape Empty = new([]);

    private readonly Column[] _columns;

    public SchemaShape(IEnumerable<Column> columns)
    {
        Contracts.CheckValue(columns, nameof(columns));
        _columns = [.. columns];
    }

    public int Count => _columns.Length;

    public Column this[int index] => _columns[index];

    public IEnumerator<Column> GetEnumerator() => ((IEnumerable<Column>)_columns).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    internal static SchemaShape Create(DataViewSchema schema)
    {
        Contracts.CheckValue(schema, nameof(schema));
        return new SchemaShape(schema.Where(column => !column.IsHidden).Select(column => new Column(column, ForAnnotations(column.Annotations))));
    }

    private static SchemaShape ForAnnotations(DataViewSchema.Annotations annotations) =>
        new(annotations.Schema.Select(column => new Column(column, null)));

    internal bool TryFindColumn(string name, out Column column)
    {
        Contracts.CheckNonEmpty(name, nameof(name));
        column = Array.Find(_columns, candidate => candidate.Name == name);
        return column.IsValid;
    }

    /// <summary>The shape of one column.</summary>
    [SuppressMessage("Performance", "CA1815", Justification = "The published shape.")]
    public readonly struct Column
    {
        public enum VectorKind
        {
            Scalar,
            Vector,
            VariableVector
        }

        public readonly string Name;
        public readonly VectorKind Kind;
        public readonly DataViewType ItemType;
        public readonly bool IsKey;
        public readonly SchemaShape Annotations;

        /// <param name="name">The name.</param>
        /// <param name="vecKind">Scalar, or vector of fixed or variable size.</param>
        /// <param name="itemType">The type of the values; for a key the number type that holds it.</param>
        /// <param name="isKey">Whether the values are keys.</param>
        /// <param name="annotations">The shape of the annotations.</param>
        internal Column(string name, VectorKind vecKind, DataViewType itemType, bool isKey, SchemaShape annotations = null)
        {
            Contracts.CheckNonEmpty(name, nameof(name));
            Contracts.CheckValue(itemType, nameof(itemType));
            Contracts.CheckParam(itemType is not KeyDataViewType, nameof(itemType), "Item type cannot be a key");
            Contracts.CheckParam(itemType is not VectorDataViewType, nameof(itemType), "Item type cannot be a vector");
            Contracts.CheckParam(!isKey || KeyDataViewType.IsValidDataType(itemType.RawType), nameof(itemType), "The item type must be valid for a key");
            Name = name;
            Kind = vecKind;
            ItemType = itemType;
            IsKey = isKey;
            Annotations = annotations ?? Empty;
        }

        internal Column(DataViewSchema.Column column, SchemaShape annotations)
            : this(column.Name, KindOf(column.Type), NumberOfKey(column.Type.ItemTypeOrSelf()), column.Type.ItemTypeOrSelf() is KeyDataViewType, annotations)
        {
        }

        internal bool IsValid => Name != null;

        /// <summary>The type as messages name it.</summary>
        internal string GetTypeString()
        {
            string item = IsKey ? $"Key<{ItemType}>" : ItemType.ToString();
            return Kind switch
            {
                VectorKind.Vector => $"Vector<{item}>",
                VectorKind.VariableVector => $"VarVector<{item}>",
                _ => item,
            };
        }

        /// <summary>Whether a column of shape <paramref name="source"/> can stand for this one.</summary>
        internal bool IsCompatibleWith(Column source)
        {
            if (Name != source.Name || Kind != source.Kind || !ItemType.Equals(source.ItemType) || IsKey != source.IsKey)
                return false;
            foreach (var annotation in Annotations)
            {
                if (!source.Annotations.TryFindColumn(annotation.Name, out var found) || !annotation.IsCompatibleWith(found))
                    return false;
            }
            return true;
        }

        internal Column CloneWithNewName(string name) => new(name, Kind, ItemType, IsKey, Annotations);

        /// <summary>The shape of a single item of this column.</summary>
        internal Column CloneAsItem() => new(Name, VectorKind.Scalar, ItemType, IsKey, Annotations);

        internal Column CloneWithAnnotations(SchemaShape annotations) => new(Name, Kind, ItemType, IsKey, annotations);

        private static VectorKind KindOf(DataViewType type) => type switch
        {
            VectorDataViewType { Size: > 0 } => VectorKind.Vector,
            VectorDataViewType => VectorKind.VariableVector,
            _ => VectorKind.Scalar,
        };

        private static DataViewType NumberOfKey(DataViewType type) =>
            type is KeyDataViewType ? NumberDataViewType.FromRawType(type.RawType) : type;
    }
}

internal static class SchemaShapeExtensions
{
    /// <summary>This shape with the given columns added, each in place of one of the same name.</summary>
    public static SchemaShape With(this SchemaShape shape, params IEnumerable<SchemaShape.Column> columns)
    {
        var result = shape.ToDictionary(column => column.Name);
        var order = shape.Select(column => column.Name).ToList();
        foreach (var column in columns)
        {
            if (!result.ContainsKey(column.Name))
                order.Add(column.Name);
            result[column.Name] = column;
        }
        return new SchemaShape(order.Select(name => result[name]));
    }

    /// <summary>The column of that name; throws the documented error where the shape has none.</summary>
    public static SchemaShape.Column FindInput(this SchemaShape shape, string name)
    {
        Contracts.CheckValue(shape, "inputSchema");
        return shape.TryFindColumn(name, out var column) ? column : throw Contracts.ExceptSchemaMismatch("inputSchema", "input", name);
    }

    public static bool IsNormalized(this SchemaShape.Column column) =>
        column.Annotations.TryFindColumn(AnnotationUtils.Kinds.IsNormalized, out var annotation)
        && annotation is { Kind: SchemaShape.Column.VectorKind.Scalar, IsKey: false, ItemType: BooleanDataViewType };

    public static bool HasSlotNames(this SchemaShape.Column column) =>
        column.Kind == SchemaShape.Column.VectorKind.Vector
        && column.Annotations.TryFindColumn(AnnotationUtils.Kinds.SlotNames, out var annotation)
        && annotation is { Kind: SchemaShape.Column.VectorKind.Vector, IsKey: false, ItemType: TextDataViewType };

    public static bool HasKeyValues(this SchemaShape.Column column) =>
        column.IsKey && column.Annotations.TryFindColumn(AnnotationUtils.Kinds.KeyValues, out var annotation)
        && annotation.Kind == SchemaShape.Column.VectorKind.Vector;

    /// <summary>The annotation columns of the standard kinds, for use in shapes.</summary>
    public static SchemaShape.Column TextVectorAnnotation(string kind) =>
        new(kind, SchemaShape.Column.VectorKind.Vector, TextDataViewType.Instance, false);

    public static SchemaShape.Column IsNormalizedAnnotation { get; } =
        new(AnnotationUtils.Kinds.IsNormalized, SchemaShape.Column.VectorKind.Scalar, BooleanDataViewType.Instance, false);
}
