using System.Reflection;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>The columns that the members of a row class ask for by <see cref="LoadColumnAttribute"/>.</summary>
internal static class LoadedMembers
{
    public static TextLoader.Column[] ColumnsOf(Type userType)
    {
        const BindingFlags Public = BindingFlags.Public | BindingFlags.Instance;
        var properties = userType.GetProperties(Public)
            .Where(property => property.CanRead && property.GetGetMethod() != null && property.GetIndexParameters().Length == 0);
        MemberInfo[] members = [.. userType.GetFields(Public), .. properties];
        if (members.Length == 0)
            throw Contracts.ExceptParam("TInput", "Should define at least one public, readable field or property in TInput.");
        return Array.ConvertAll(members, ToColumn);
    }

    private static TextLoader.Column ToColumn(MemberInfo member)
    {
        string memberKind = member is FieldInfo ? "Field" : "Property";
        var source = member.GetCustomAttribute<LoadColumnAttribute>()
            ?? throw Contracts.Except($"{memberKind} '{member.Name}' is missing the {nameof(LoadColumnAttribute)} attribute");
        var type = member is FieldInfo field ? field.FieldType : ((PropertyInfo)member).PropertyType;
        if (!DataKinds.TryGet(type.IsArray ? type.GetElementType() : type, out var kind))
            throw Contracts.Except($"{memberKind} {member.Name} is of unsupported type.");
        var key = member.GetCustomAttribute<KeyTypeAttribute>();
        return new TextLoader.Column
        {
            Name = member.GetCustomAttribute<ColumnNameAttribute>()?.Name ?? member.Name,
            DataKind = kind,
            Source = [.. source.Sources],
            KeyCount = key == null ? null : new KeyCount { Count = key.Count },
        };
    }
}
