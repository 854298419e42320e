using System.Globalization;
using System.Text.Json;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLPipelines.Artifacts;

/// <summary>
/// Values of columns as JSON and back. Floating-point numbers are written so that they read back bit for bit, NaN and
/// infinities as strings; keys as numbers, 0 for missing; times in ISO 8601; vectors as arrays.
/// </summary>
public static class ColumnJson
{
    /// <summary>Whether values of the type can be written.</summary>
    public static bool CanWrite(DataViewType type)
    {
        ArgumentNullException.ThrowIfNull(type);
        var item = type is VectorDataViewType vector ? vector.ItemType : type;
        return item is TextDataViewType or BooleanDataViewType or NumberDataViewType or KeyDataViewType or DateTimeDataViewType or DateTimeOffsetDataViewType or TimeSpanDataViewType;
    }

    /// <summary>An action that writes the value of a column at the row's current position.</summary>
    /// <exception cref="NotSupportedException">The type cannot be written.</exception>
    public static Action<Utf8JsonWriter> MakeWriter(DataViewRow row, DataViewSchema.Column column)
    {
        ArgumentNullException.ThrowIfNull(row);
        bool isVector = column.Type is VectorDataViewType;
        var raw = isVector ? ((VectorDataViewType)column.Type).ItemType.RawType : column.Type.RawType;
        if (raw == typeof(ReadOnlyMemory<char>))
            return Make<ReadOnlyMemory<char>>(row, column, isVector, (json, value) => json.WriteStringValue(value.Span));
        if (raw == typeof(bool))
            return Make<bool>(row, column, isVector, (json, value) => json.WriteBooleanValue(value));
        if (raw == typeof(float))
            return Make<float>(row, column, isVector, WriteSingle);
        if (raw == typeof(double))
            return Make<double>(row, column, isVector, WriteDouble);
        if (raw == typeof(sbyte))
            return Make<sbyte>(row, column, isVector, (json, value) => json.WriteNumberValue(value));
        if (raw == typeof(byte))
            return Make<byte>(row, column, isVector, (json, value) => json.WriteNumberValue(value));
        if (raw == typeof(short))
            return Make<short>(row, column, isVector, (json, value) => json.WriteNumberValue(value));
        if (raw == typeof(ushort))
            return Make<ushort>(row, column, isVector, (json, value) => json.WriteNumberValue(value));
        if (raw == typeof(int))
            return Make<int>(row, column, isVector, (json, value) => json.WriteNumberValue(value));
        if (raw == typeof(uint))
            return Make<uint>(row, column, isVector, (json, value) => json.WriteNumberValue(value));
        if (raw == typeof(long))
            return Make<long>(row, column, isVector, (json, value) => json.WriteNumberValue(value));
        if (raw == typeof(ulong))
            return Make<ulong>(row, column, isVector, (json, value) => json.WriteNumberValue(value));
        if (raw == typeof(DateTime))
            return Make<DateTime>(row, column, isVector, (json, value) => json.WriteStringValue(value.ToString("O", CultureInfo.InvariantCulture)));
        if (raw == typeof(DateTimeOffset))
            return Make<DateTimeOffset>(row, column, isVector, (json, value) => json.WriteStringValue(value.ToString("O", CultureInfo.InvariantCulture)));
        if (raw == typeof(TimeSpan))
            return Make<TimeSpan>(row, column, isVector, (json, value) => json.WriteStringValue(value.ToString("c", CultureInfo.InvariantCulture)));
        throw new NotSupportedException($"The column '{column.Name}' is of type {column.Type}, which has no JSON form.");
    }

    internal static JsonElement ToElement(Action<Utf8JsonWriter> write)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
            write(json);
        using var document = JsonDocument.Parse(stream.ToArray());
        return document.RootElement.Clone();
    }

    /// <summary>Reads one value (not a vector) of a raw type.</summary>
    internal static T Read<T>(JsonElement value)
    {
        object result = typeof(T) switch
        {
            var type when type == typeof(ReadOnlyMemory<char>) => value.ValueKind == JsonValueKind.Null ? default : value.GetString().AsMemory(),
            var type when type == typeof(bool) => value.GetBoolean(),
            var type when type == typeof(float) => value.ValueKind == JsonValueKind.String ? float.Parse(value.GetString()!, CultureInfo.InvariantCulture) : value.GetSingle(),
            var type when type == typeof(double) => value.ValueKind == JsonValueKind.String ? double.Parse(value.GetString()!, CultureInfo.InvariantCulture) : value.GetDouble(),
            var type when type == typeof(sbyte) => value.GetSByte(),
            var type when type == typeof(byte) => value.GetByte(),
            var type when type == typeof(short) => value.GetInt16(),
            var type when type == typeof(ushort) => value.GetUInt16(),
            var type when type == typeof(int) => value.GetInt32(),
            var type when type == typeof(uint) => value.GetUInt32(),
            var type when type == typeof(long) => value.GetInt64(),
            var type when type == typeof(ulong) => value.GetUInt64(),
            var type when type == typeof(DateTime) => DateTime.Parse(value.GetString()!, CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind),
            var type when type == typeof(DateTimeOffset) => DateTimeOffset.Parse(value.GetString()!, CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind),
            var type when type == typeof(TimeSpan) => TimeSpan.Parse(value.GetString()!, CultureInfo.InvariantCulture),
            _ => throw new NotSupportedException($"Values of {typeof(T)} have no JSON form."),
        };
        return (T)result;
    }

    private static Action<Utf8JsonWriter> Make<T>(DataViewRow row, DataViewSchema.Column column, bool isVector, Action<Utf8JsonWriter, T> write)
    {
        if (!isVector)
        {
            var scalar = row.GetGetter<T>(column);
            T value = default!;
            return json =>
            {
                scalar(ref value);
                write(json, value);
            };
        }
        var vector = row.GetGetter<VBuffer<T>>(column);
        VBuffer<T> buffer = default;
        return json =>
        {
            vector(ref buffer);
            json.WriteStartArray();
            foreach (var value in buffer.DenseValues())
                write(json, value);
            json.WriteEndArray();
        };
    }

    private static void WriteSingle(Utf8JsonWriter json, float value)
    {
        if (float.IsFinite(value))
            json.WriteNumberValue(value);
        else
            json.WriteStringValue(value.ToString(CultureInfo.InvariantCulture));
    }

    private static void WriteDouble(Utf8JsonWriter json, double value)
    {
        if (double.IsFinite(value))
            json.WriteNumberValue(value);
        else
            json.WriteStringValue(value.ToString(CultureInfo.InvariantCulture));
    }
}
