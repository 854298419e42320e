using System.Globalization;
using System.Reflection;

namespace MLPipelines.Tests.Runtime;

/// <summary>Writes types and members of an assembly in the form of <see cref="ApiInventory"/>.</summary>
internal static class ApiRenderer
{
    private static readonly Dictionary<Type, string> Keywords = new()
    {
        [typeof(void)] = "void",
        [typeof(object)] = "object",
        [typeof(string)] = "string",
        [typeof(bool)] = "bool",
        [typeof(char)] = "char",
        [typeof(byte)] = "byte",
        [typeof(sbyte)] = "sbyte",
        [typeof(short)] = "short",
        [typeof(ushort)] = "ushort",
        [typeof(int)] = "int",
        [typeof(uint)] = "uint",
        [typeof(long)] = "long",
        [typeof(ulong)] = "ulong",
        [typeof(float)] = "float",
        [typeof(double)] = "double",
        [typeof(decimal)] = "decimal",
    };

    public static string Name(Type type)
    {
        if (type.IsByRef)
            return Name(type.GetElementType()!);
        if (type.IsArray)
            return $"{Name(type.GetElementType()!)}[{new string(',', type.GetArrayRank() - 1)}]";
        if (Nullable.GetUnderlyingType(type) is { } underlying)
            return Name(underlying) + "?";
        if (type.IsGenericParameter)
            return type.Name;
        if (Keywords.TryGetValue(type, out string? keyword))
            return keyword;
        if (type is { IsGenericType: true, IsConstructedGenericType: true } && type.FullName?.StartsWith("System.ValueTuple`", StringComparison.Ordinal) == true)
            return $"({string.Join(", ", type.GetGenericArguments().Select(Name))})";
        return NestedName(type, type.GetGenericArguments());
    }

    public static string Kind(Type type)
    {
        if (type.IsEnum)
            return "enum";
        if (type.IsSubclassOf(typeof(Delegate)))
            return "delegate";
        if (type.IsInterface)
            return "interface";
        if (type.IsValueType)
            return "struct";
        return (type.IsAbstract, type.IsSealed) switch
        {
            (true, true) => "static class",
            (true, false) => "abstract class",
            (false, true) => "sealed class",
            _ => "class",
        };
    }

    public static string EnumBody(Type type) => string.Join(", ", type.GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(field => $"{field.Name}={Convert.ToInt64(field.GetRawConstantValue(), CultureInfo.InvariantCulture)}"));

    public static string DelegateBody(Type type)
    {
        var invoke = type.GetMethod("Invoke")!;
        return $"{Name(invoke.ReturnType)}({Parameters(invoke)})";
    }

    public static string Constructor(ConstructorInfo constructor) => $"ctor({Parameters(constructor)})";

    public static string Method(MethodInfo method)
    {
        bool isExtension = method.IsDefined(typeof(System.Runtime.CompilerServices.ExtensionAttribute));
        string modifier = method.IsStatic && Kind(method.DeclaringType!) != "static class" ? "static " : "";
        string generics = method.IsGenericMethodDefinition ? $"<{string.Join(",", method.GetGenericArguments().Select(Name))}>" : "";
        return $"{modifier}{Name(method.ReturnType)} {method.Name}{generics}({(isExtension ? "this " : "")}{Parameters(method)}){Constraints(method)}";
    }

    public static string Property(PropertyInfo property)
    {
        var accessors = property.GetAccessors();
        string modifier = accessors[0].IsStatic ? "static " : "";
        string name = property.GetIndexParameters() is { Length: > 0 } indices
            ? $"this[{string.Join(", ", indices.Select(Parameter))}]"
            : property.Name;
        string gets = property.GetGetMethod() != null ? "get;" : "";
        string sets = property.GetSetMethod() != null ? "set;" : "";
        return $"{modifier}{Name(property.PropertyType)} {name} {{{gets}{sets}}}";
    }

    public static string Field(FieldInfo field)
    {
        string modifier = field.IsLiteral ? "const " : $"{(field.IsStatic ? "static " : "")}{(field.IsInitOnly ? "readonly " : "")}";
        return $"{modifier}{Name(field.FieldType)} {field.Name}";
    }

    /// <summary>A value as source code.</summary>
    public static string Value(object? value, Type type)
    {
        if (value is null && Nullable.GetUnderlyingType(type) is not null)
            return "null";
        type = Nullable.GetUnderlyingType(type) ?? type;
        return value switch
        {
            null => type is { IsValueType: true, IsGenericParameter: false } ? $"new {Name(type)}()" : "null",
            string text => $"\"{text}\"",
            bool flag => flag ? "true" : "false",
            char character => character switch
            {
                '\t' => "'\\t'",
                _ => $"'{character}'",
            },
            float number => Special(number, "float") ?? number.ToString(CultureInfo.InvariantCulture) + "f",
            double number => Special(number, "double") ?? number.ToString(CultureInfo.InvariantCulture),
            int.MaxValue => "int.MaxValue",
            _ when type.IsEnum => EnumValue(value, type),
            _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
        };
    }

    private static string? Special(double number, string type) => number switch
    {
        double.PositiveInfinity => type + ".PositiveInfinity",
        double.NegativeInfinity => type + ".NegativeInfinity",
        double.NaN => type + ".NaN",
        double.MaxValue => type + ".MaxValue",
        _ => null,
    };

    private static string EnumValue(object value, Type type)
    {
        string text = Enum.ToObject(type, value).ToString()!;
        return string.Join(" | ", text.Split(", ").Select(name => $"{Name(type)}.{name}"));
    }

    private static string Parameters(MethodBase method) => string.Join(", ", method.GetParameters().Select(Parameter));

    private static string Parameter(ParameterInfo parameter)
    {
        string modifier = parameter.ParameterType.IsByRef ? (parameter.IsOut ? "out " : parameter.IsIn ? "in " : "ref ") : "";
        if (parameter.IsDefined(typeof(ParamArrayAttribute)))
            modifier = "params ";
        string suffix = parameter.HasDefaultValue ? $" = {DefaultValue(parameter)}" : "";
        return $"{modifier}{Name(parameter.ParameterType)} {parameter.Name}{suffix}";
    }

    private static string DefaultValue(ParameterInfo parameter)
    {
        object? value = parameter.RawDefaultValue;
        if (value != null || !parameter.ParameterType.IsValueType)
            return Value(value, parameter.ParameterType);
        return Nullable.GetUnderlyingType(parameter.ParameterType) != null ? "null" : "default";
    }

    private static string Constraints(MethodInfo method)
    {
        if (!method.IsGenericMethodDefinition)
            return "";
        var clauses = new List<string>();
        foreach (var parameter in method.GetGenericArguments())
        {
            var attributes = parameter.GenericParameterAttributes;
            var parts = new List<string>();
            if (attributes.HasFlag(GenericParameterAttributes.ReferenceTypeConstraint))
                parts.Add("class");
            if (attributes.HasFlag(GenericParameterAttributes.NotNullableValueTypeConstraint))
                parts.Add("struct");
            parts.AddRange(parameter.GetGenericParameterConstraints().Where(type => type != typeof(ValueType)).Select(Name));
            if (attributes.HasFlag(GenericParameterAttributes.DefaultConstructorConstraint) && !attributes.HasFlag(GenericParameterAttributes.NotNullableValueTypeConstraint))
                parts.Add("new()");
            if (parts.Count > 0)
                clauses.Add($" where {parameter.Name}:{string.Join(",", parts)}");
        }
        return string.Concat(clauses);
    }

    // The arguments of a nested type hold those of the types around it first.
    private static string NestedName(Type type, ReadOnlySpan<Type> arguments)
    {
        int outer = type.DeclaringType?.GetGenericArguments().Length ?? 0;
        string prefix = type.DeclaringType == null ? "" : NestedName(type.DeclaringType, arguments[..outer]) + ".";
        string name = type.Name.Split('`')[0];
        var own = arguments[outer..].ToArray();
        return own.Length == 0 ? prefix + name : $"{prefix}{name}<{string.Join(",", own.Select(Name))}>";
    }
}
