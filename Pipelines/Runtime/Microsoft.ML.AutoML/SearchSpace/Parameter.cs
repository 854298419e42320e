using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Microsoft.ML.SearchSpace;

/// <summary>What a parameter holds.</summary>
public enum ParameterType
{
    Integer = 0,
    Number = 1,
    Bool = 2,
    String = 3,
    Object = 4,
    Array = 5,
}

/// <summary>A value of a search space: a number, a truth value, a text, several values, or further parameters by name.</summary>
[JsonConverter(typeof(ParameterConverter))]
public sealed class Parameter : IDictionary<string, Parameter>, IEquatable<Parameter>, IEqualityComparer<Parameter>
{
    private static readonly JsonSerializerOptions Json = new() { IncludeFields = true, NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals, Converters = { new JsonStringEnumConverter() } };

    private readonly object _value;

    private Parameter(object value, ParameterType type) => (_value, ParameterType) = (value, type);

    public ParameterType ParameterType { get; }

    public int Count => ParameterType == ParameterType.Object ? Members.Count : 1;

    public bool IsReadOnly => ParameterType != ParameterType.Object;

    public ICollection<string> Keys => Members.Keys;

    ICollection<Parameter> IDictionary<string, Parameter>.Values => Members.Values;

    public Parameter this[string key]
    {
        get => Members.TryGetValue(key, out var value) ? value : throw new KeyNotFoundException($"There is no parameter '{key}'; there are {string.Join(", ", Members.Keys)}.");
        set => Members[key] = value;
    }

    private SortedDictionary<string, Parameter> Members => _value as SortedDictionary<string, Parameter> ?? throw new InvalidOperationException($"A parameter of type {ParameterType} has no members.");

    public static Parameter FromDouble(double value) => new(value, ParameterType.Number);

    public static Parameter FromFloat(float value) => new((double)value, ParameterType.Number);

    public static Parameter FromLong(long value) => new(value, ParameterType.Integer);

    public static Parameter FromInt(int value) => new((long)value, ParameterType.Integer);

    public static Parameter FromString(string value) => new(value, ParameterType.String);

    public static Parameter FromBool(bool value) => new(value, ParameterType.Bool);

    public static Parameter FromEnum<T>(T value) where T : struct, Enum => FromString(value.ToString());

    public static Parameter FromIEnumerable<T>(IEnumerable<T> values) => new(values.Select(value => Of(value)).ToArray(), ParameterType.Array);

    public static Parameter FromObject<T>(T value) where T : class => value is Parameter parameter ? parameter : Of(value);

    public static Parameter CreateNestedParameter(params KeyValuePair<string, Parameter>[] parameters)
    {
        var members = new SortedDictionary<string, Parameter>(StringComparer.Ordinal);
        foreach (var (key, value) in parameters)
            members[key] = value;
        return new Parameter(members, ParameterType.Object);
    }

    /// <summary>The value as another type.</summary>
    /// <exception cref="InvalidCastException">The value does not fit the type.</exception>
    public T AsType<T>()
    {
        if (typeof(T) == typeof(Parameter))
            return (T)(object)this;
        try
        {
            return (T)Convert(typeof(T));
        }
        catch (Exception e) when (e is JsonException or FormatException or OverflowException or ArgumentException or InvalidCastException or NotSupportedException)
        {
            throw new InvalidCastException($"The parameter {this} is no {typeof(T).Name}: {e.Message}", e);
        }
    }

    public void Add(string key, Parameter value) => Members.Add(key, value);

    public void Add(KeyValuePair<string, Parameter> item) => Members.Add(item.Key, item.Value);

    public bool ContainsKey(string key) => Members.ContainsKey(key);

    public bool Contains(KeyValuePair<string, Parameter> item) => Members.Contains(item);

    public bool Remove(string key) => Members.Remove(key);

    public bool Remove(KeyValuePair<string, Parameter> item) => Members.Remove(item.Key);

    public bool TryGetValue(string key, [MaybeNullWhen(false)] out Parameter value) => Members.TryGetValue(key, out value);

    public void Clear() => Members.Clear();

    public void CopyTo(KeyValuePair<string, Parameter>[] array, int arrayIndex) => ((ICollection<KeyValuePair<string, Parameter>>)Members).CopyTo(array, arrayIndex);

    public IEnumerator<KeyValuePair<string, Parameter>> GetEnumerator() => Members.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public bool Equals(Parameter other) => other is not null && ParameterType == other.ParameterType && ToString() == other.ToString();

    public bool Equals(Parameter x, Parameter y) => x is null ? y is null : x.Equals(y);

    public override bool Equals(object obj) => Equals(obj as Parameter);

    public int GetHashCode(Parameter obj) => obj?.GetHashCode() ?? 0;

    public override int GetHashCode() => ToString().GetHashCode(StringComparison.Ordinal);

    /// <summary>The value as JSON.</summary>
    public override string ToString() => ToNode()?.ToJsonString(Json) ?? "null";

    internal JsonNode ToNode() => _value switch
    {
        SortedDictionary<string, Parameter> members => new JsonObject(members.Select(member => KeyValuePair.Create(member.Key, member.Value.ToNode()))),
        Parameter[] values => new JsonArray([.. values.Select(value => value.ToNode())]),
        double number => double.IsFinite(number) ? JsonValue.Create(number) : JsonValue.Create(number.ToString(CultureInfo.InvariantCulture)),
        long number => JsonValue.Create(number),
        bool flag => JsonValue.Create(flag),
        _ => JsonValue.Create((string)_value),
    };

    internal static Parameter FromNode(JsonNode node) => node switch
    {
        JsonObject members => CreateNestedParameter([.. members.Select(member => KeyValuePair.Create(member.Key, FromNode(member.Value)))]),
        JsonArray values => new Parameter(values.Select(FromNode).ToArray(), ParameterType.Array),
        JsonValue value when value.GetValueKind() is JsonValueKind.True or JsonValueKind.False => FromBool(value.GetValue<bool>()),
        JsonValue value when value.GetValueKind() is JsonValueKind.Number =>
            long.TryParse(value.ToJsonString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long whole) ? FromLong(whole) : FromDouble(double.Parse(value.ToJsonString(), CultureInfo.InvariantCulture)),
        _ => FromString(node?.GetValue<string>()),
    };

    internal static Parameter Of(object value) => value switch
    {
        Parameter parameter => parameter,
        null => FromString(null),
        double or float or decimal => FromDouble(System.Convert.ToDouble(value, CultureInfo.InvariantCulture)),
        bool flag => FromBool(flag),
        string text => FromString(text),
        Enum => FromString(value.ToString()),
        sbyte or byte or short or ushort or int or uint or long or ulong => FromLong(System.Convert.ToInt64(value, CultureInfo.InvariantCulture)),
        _ => FromNode(JsonSerializer.SerializeToNode(value, value.GetType(), Json)),
    };

    private object Convert(Type type)
    {
        var bare = Nullable.GetUnderlyingType(type) ?? type;
        if (_value is null)
            return null;
        if (bare == typeof(string) && _value is string or null)
            return _value;
        if (bare.IsEnum)
            return _value is string name ? Enum.Parse(bare, name) : Enum.ToObject(bare, _value);
        if (_value is double or long && (bare.IsPrimitive || bare == typeof(decimal)) && bare != typeof(bool) && bare != typeof(char))
            return System.Convert.ChangeType(_value, bare, CultureInfo.InvariantCulture);
        if (_value is bool && bare == typeof(bool))
            return _value;
        if (bare == typeof(object) && _value is not (SortedDictionary<string, Parameter> or Parameter[]))
            return _value;
        return ToNode().Deserialize(type, Json);
    }
}

internal sealed class ParameterConverter : JsonConverter<Parameter>
{
    public override Parameter Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => Parameter.FromNode(JsonNode.Parse(ref reader));

    public override void Write(Utf8JsonWriter writer, Parameter value, JsonSerializerOptions options)
    {
        if (value.ToNode() is { } node)
            node.WriteTo(writer, options);
        else
            writer.WriteNullValue();
    }
}
