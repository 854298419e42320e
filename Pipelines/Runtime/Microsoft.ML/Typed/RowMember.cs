using System.Reflection;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>What the members of row classes say of columns.</summary>
internal static class RowMember
{
    /// <summary>The type of a field or property.</summary>
    public static Type TypeOf(MemberInfo member) => member switch
    {
        FieldInfo field => field.FieldType,
        PropertyInfo property => property.PropertyType,
        _ => throw Contracts.ExceptNotSupp($"'{member.Name}' is neither a field nor a property."),
    };

    public static DataViewTypeAttribute RegisteredTypeOf(MemberInfo member)
    {
        var attributes = member.GetCustomAttributes<DataViewTypeAttribute>().ToArray();
        return attributes.Length <= 1
            ? attributes.FirstOrDefault()
            : throw Contracts.ExceptParam("userType", $"Member {member.Name} cannot be marked with multiple attributes, {string.Join(", ", attributes.Select(attribute => attribute.GetType().Name))}, derived from {nameof(DataViewTypeAttribute)}.");
    }

    /// <summary>Whether a member of that type holds a vector, and the raw type of its values (for a vector, of its items).</summary>
    public static (bool IsVector, Type ItemType) Shape(Type type, string name, DataViewTypeAttribute attribute = null)
    {
        if (DataViewTypeManager.TryGetDataViewType(type, attribute, out _))
            return (false, type);
        bool isVector = true;
        Type item;
        if (type.IsArray)
            item = type.GetElementType();
        else if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(VBuffer<>))
            item = type.GetGenericArguments()[0];
        else
            (isVector, item) = (false, type);
        if (item == typeof(string))
            item = typeof(ReadOnlyMemory<char>);
        if (!DataViewTypeExtensions.TryPrimitiveFromRawType(item, out _) && !DataViewTypeManager.TryGetDataViewType(item, attribute, out _))
            throw Contracts.ExceptParam("rawType", $"Could not determine an IDataView type for member {name}");
        return (isVector, item);
    }

    /// <summary>The column type that a member and its attributes give.</summary>
    public static DataViewType ColumnTypeOf(MemberInfo member)
    {
        var type = TypeOf(member);
        var attribute = RegisteredTypeOf(member);
        if (DataViewTypeManager.TryGetDataViewType(type, attribute, out var registered))
            return registered;
        var (isVector, raw) = Shape(type, member.Name, attribute);
        var item = ItemType(member, raw, attribute);
        var vector = member.GetCustomAttribute<VectorTypeAttribute>();
        if (!isVector)
        {
            return vector == null
                ? item
                : throw Contracts.ExceptParam("userType", $"Member {member.Name} marked with {nameof(VectorTypeAttribute)}, but does not appear to be a vector type");
        }
        return vector?.Dimensions is { Length: > 0 } dimensions ? new VectorDataViewType(item, dimensions) : new VectorDataViewType(item);
    }

    private static PrimitiveDataViewType ItemType(MemberInfo member, Type raw, DataViewTypeAttribute attribute)
    {
        if (member.GetCustomAttribute<KeyTypeAttribute>() is not { } key)
        {
            return DataViewTypeManager.TryGetDataViewType(raw, attribute, out var registered) && registered is PrimitiveDataViewType primitive
                ? primitive
                : DataViewTypeExtensions.PrimitiveFromRawType(raw);
        }
        if (!KeyDataViewType.IsValidDataType(raw))
            throw Contracts.ExceptParam("userType", $"Member {member.Name} marked with KeyType attribute, but does not appear to be a valid kind of data for a key type");
        return new KeyDataViewType(raw, key.Count ?? Type.GetTypeCode(raw) switch
        {
            TypeCode.Byte => byte.MaxValue,
            TypeCode.UInt16 => ushort.MaxValue,
            TypeCode.UInt32 => uint.MaxValue,
            _ => ulong.MaxValue,
        });
    }
}

/// <summary>A column of a row class: the member that holds it, checked against the type of the column.</summary>
internal sealed record RowColumn(string Name, DataViewType Type, MemberInfo Member, DataViewSchema.Annotations Annotations)
{
    public Type MemberType => RowMember.TypeOf(Member);
}

/// <summary>The columns of a row class.</summary>
internal sealed class RowSchema
{
    private RowSchema(RowColumn[] columns)
    {
        Columns = columns;
    }

    public RowColumn[] Columns { get; }

    /// <summary>The columns of a definition; without one, those that the members of the class give in that direction.</summary>
    public static RowSchema Create(Type rowType, SchemaDefinition definition, SchemaDefinition.Direction direction)
    {
        definition ??= SchemaDefinition.Create(rowType, direction);
        return new RowSchema([.. definition.Select(column => CreateColumn(rowType, column)).Where(column => column.MemberType != typeof(IChannel))]);
    }

    public DataViewSchema ToSchema()
    {
        var builder = new DataViewSchema.Builder();
        foreach (var column in Columns)
            builder.AddColumn(column.Name, column.Type, column.Annotations);
        return builder.ToSchema();
    }

    /// <summary>A definition of the members of <paramref name="rowType"/> with the annotations of <paramref name="schema"/>.</summary>
    public static SchemaDefinition DefinitionFor(Type rowType, DataViewSchema schema)
    {
        var definition = SchemaDefinition.Create(rowType, SchemaDefinition.Direction.Read);
        foreach (var column in schema)
        {
            var member = definition[column.Name] ?? throw Contracts.Except($"Type should contain a member named {column.Name}");
            member.AddAnnotations(column.Annotations);
        }
        return definition;
    }

    private static RowColumn CreateColumn(Type rowType, SchemaDefinition.Column column)
    {
        const string Param = "userSchemaDefinition";
        MemberInfo member = rowType.GetField(column.MemberName);
        member ??= rowType.GetProperty(column.MemberName)
            ?? throw Contracts.ExceptParam(Param, $"No field or property with name '{column.MemberName}' found in type '{rowType.FullName}'");
        string name = string.IsNullOrEmpty(column.ColumnName) ? member.Name : column.ColumnName;
        if (column.ColumnType is not (null or VectorDataViewType) && column.ColumnType.RawType == RowMember.TypeOf(member))
            return new RowColumn(name, column.ColumnType, member, column.Annotations);

        var (isVector, raw) = RowMember.Shape(RowMember.TypeOf(member), member.Name, RowMember.RegisteredTypeOf(member));
        if (column.ColumnType == null)
        {
            var inferred = DataViewTypeExtensions.PrimitiveFromRawType(raw);
            return new RowColumn(name, isVector ? new VectorDataViewType(inferred) : inferred, member, column.Annotations);
        }
        if (isVector != column.ColumnType is VectorDataViewType)
            throw Contracts.ExceptParam(Param, $"Column '{name}' is supposed to be {Kind(!isVector)}, but type of associated field '{member.Name}' is {Kind(isVector)}");
        var item = column.ColumnType.ItemTypeOrSelf();
        if (item.RawType != raw)
            throw Contracts.ExceptParam(Param, $"Column '{name}' is supposed to have item type {item.RawType}, but associated field has type {raw}");
        return new RowColumn(name, column.ColumnType, member, column.Annotations);
    }

    private static string Kind(bool isVector) => isVector ? "vector" : "scalar";
}
