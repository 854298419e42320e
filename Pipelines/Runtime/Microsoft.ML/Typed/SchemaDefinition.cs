using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>Which members of a row class stand for which columns.</summary>
[SuppressMessage("Naming", "CA1710", Justification = "The published name.")]
public sealed class SchemaDefinition : List<SchemaDefinition.Column>
{
    private SchemaDefinition()
    {
    }

    /// <summary>Which members of a class take part, by what a program does with them.</summary>
    [Flags]
    public enum Direction
    {
        /// <summary>Values are read from rows: fields, and properties with a public getter.</summary>
        Read = 1,

        /// <summary>Values are written into rows: fields, and properties with a public setter.</summary>
        Write = 2,

        /// <summary>Fields, and properties with a public getter or setter.</summary>
        Both = Read | Write
    }

    /// <summary>
    /// The first column of a name, null where there is none. Setting replaces it, or adds it where there is none.
    /// </summary>
    public Column this[string columnName]
    {
        get => Find(column => column.ColumnName == columnName);
        set
        {
            Contracts.CheckValue(value, nameof(value));
            Contracts.CheckParam(value.ColumnName == columnName, nameof(columnName), $"The column name is specified as '{value.ColumnName}' but must match the selector '{columnName}'.");
            int index = FindIndex(column => column.ColumnName == columnName);
            if (index >= 0)
                this[index] = value;
            else
                Add(value);
        }
    }

    /// <summary>The definition that the public members of a class and their attributes give.</summary>
    public static SchemaDefinition Create(Type userType, Direction direction = Direction.Both)
    {
        Contracts.CheckValue(userType, nameof(userType));
        var definition = new SchemaDefinition();
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var member in Members(userType, direction))
        {
            string name = member.GetCustomAttribute<ColumnNameAttribute>()?.Name ?? member.Name;
            if (!names.Add(name))
                throw Contracts.ExceptParam(nameof(userType), $"Duplicate column name '{name}' detected, this is disallowed");
            definition.Add(new Column(member.Name, RowMember.ColumnTypeOf(member), name));
        }
        return definition;
    }

    private static IEnumerable<MemberInfo> Members(Type type, Direction direction)
    {
        const BindingFlags Public = BindingFlags.Public | BindingFlags.Instance;
        var fields = type.GetFields(Public).Where(field => !field.IsLiteral);
        var properties = type.GetProperties(Public).Where(property =>
            property.GetIndexParameters().Length == 0
            && (direction.HasFlag(Direction.Read) && property.GetGetMethod() != null
                || direction.HasFlag(Direction.Write) && property.GetSetMethod() != null));
        return fields.Concat<MemberInfo>(properties)
            .Where(member => RowMember.TypeOf(member) != typeof(IChannel) && member.GetCustomAttribute<NoColumnAttribute>() == null);
    }

    /// <summary>One column and the member that holds it.</summary>
    public sealed class Column
    {
        private readonly DataViewSchema.Annotations.Builder _annotations = new();
        private readonly HashSet<string> _kinds = new(StringComparer.Ordinal);

        internal Column(string memberName, DataViewType columnType, string columnName)
        {
            Contracts.CheckNonEmpty(memberName, nameof(memberName));
            MemberName = memberName;
            ColumnName = columnName ?? memberName;
            ColumnType = columnType;
        }

        public string MemberName { get; }

        /// <summary>The name of the column; where null, that of the member.</summary>
        public string ColumnName { get; set; }

        /// <summary>The type of the column; where null, what the type of the member gives.</summary>
        public DataViewType ColumnType { get; set; }

        public DataViewSchema.Annotations Annotations => _annotations.ToAnnotations();

        /// <summary>Adds an annotation; each kind can be added once. Arrays stand for vectors, strings for text.</summary>
        public void AddAnnotation<T>(string kind, T value, DataViewType annotationType)
        {
            Contracts.CheckValue(kind, nameof(kind));
            Contracts.CheckValue(annotationType, nameof(annotationType));
            if (!_kinds.Add(kind))
                throw Contracts.Except($"Column '{ColumnName}' already contains an annotation of the kind '{kind}'.");
            var getter = ConstantGetter.Of(value);
            var given = getter.GetType().GetGenericArguments()[0];
            if (given != annotationType.RawType)
                throw Contracts.ExceptParam(nameof(annotationType), $"The value is of type {typeof(T)}, the annotation type {annotationType} needs {annotationType.RawType}.");
            _annotations.Add(kind, annotationType, getter);
        }

        internal void AddAnnotations(DataViewSchema.Annotations annotations)
        {
            _annotations.Add(annotations, _kinds.Add);
        }
    }

    /// <summary>Getters that always give one value.</summary>
    private static class ConstantGetter
    {
        public static Delegate Of<T>(T value) => value switch
        {
            string text => Direct(text.AsMemory()),
            string[] texts => Vector(Array.ConvertAll(texts, text => text.AsMemory())),
            Array { Rank: 1 } => GenericDispatch.Invoke<object, Delegate>(typeof(T).GetElementType(), VectorOf<int>, value),
            _ when typeof(T).IsGenericType && typeof(T).GetGenericTypeDefinition() == typeof(VBuffer<>) =>
                GenericDispatch.Invoke<object, Delegate>(typeof(T).GetGenericArguments()[0], BufferOf<int>, value),
            _ => Direct(value),
        };

        private static Delegate Direct<T>(T value) => (ValueGetter<T>)((ref T destination) => destination = value);

        private static Delegate VectorOf<T>(object value) => Vector((T[])value);

        private static Delegate BufferOf<T>(object value) => Buffer((VBuffer<T>)value);

        private static Delegate Vector<T>(T[] values) => Buffer(new VBuffer<T>(values.Length, values));

        private static Delegate Buffer<T>(VBuffer<T> buffer) =>
            (ValueGetter<VBuffer<T>>)((ref VBuffer<T> destination) => buffer.CopyTo(ref destination));
    }
}
