using System.Text;
using System.Text.Json;
using Microsoft.ML;
using MLPipelines.Artifacts;

namespace MLPipelines.Tests.Conformance;

/// <summary>Rows as text that is equal only where every value is, bit for bit.</summary>
internal static class RowsAsJson
{
    public static string[] Of(IDataView data)
    {
        using var cursor = data.GetRowCursor(Writable(data.Schema));
        var writer = MakeWriter(cursor, data.Schema);
        var rows = new List<string>();
        while (cursor.MoveNext())
            rows.Add(writer());
        return [.. rows];
    }

    /// <summary>The rows that a row-to-row mapper gives, one at a time.</summary>
    public static string[] OneByOne(ITransformer model, IDataView input)
    {
        var mapper = model.GetRowToRowMapper(input.Schema);
        var active = Writable(mapper.OutputSchema);
        using var cursor = input.GetRowCursor(mapper.GetDependencies(active));
        using var row = mapper.GetRow(cursor, active);
        var writer = MakeWriter(row, mapper.OutputSchema);
        var rows = new List<string>();
        while (cursor.MoveNext())
            rows.Add(writer());
        return [.. rows];
    }

    /// <summary>The same rows, where numbers may differ by no more than a tolerance; also numbers in texts that are JSON themselves.</summary>
    public static void AssertEqual(string[] expected, string[] actual, double tolerance)
    {
        if (tolerance == 0)
        {
            CollectionAssert.AreEqual(expected, actual);
            return;
        }
        Assert.HasCount(expected.Length, actual);
        for (int i = 0; i < expected.Length; i++)
            Assert.IsTrue(Agree(JsonElement.Parse(expected[i]), JsonElement.Parse(actual[i]), tolerance), $"Row {i}: {expected[i]} and {actual[i]}");
    }

    private static bool Agree(JsonElement expected, JsonElement actual, double tolerance)
    {
        if (expected.ValueKind != actual.ValueKind)
            return false;
        switch (expected.ValueKind)
        {
            case JsonValueKind.Number:
                return Math.Abs(expected.GetDouble() - actual.GetDouble()) <= tolerance;
            case JsonValueKind.Array:
                return expected.GetArrayLength() == actual.GetArrayLength() && expected.EnumerateArray().Zip(actual.EnumerateArray()).All(pair => Agree(pair.First, pair.Second, tolerance));
            case JsonValueKind.Object:
                return expected.EnumerateObject().Count() == actual.EnumerateObject().Count()
                    && expected.EnumerateObject().All(member => actual.TryGetProperty(member.Name, out var other) && Agree(member.Value, other, tolerance));
            case JsonValueKind.String when expected.GetString() is ['[', ..] text && actual.GetString() is ['[', ..] other:
                return Agree(JsonElement.Parse(text), JsonElement.Parse(other), tolerance);
            default:
                return expected.ToString() == actual.ToString();
        }
    }

    public static DataViewSchema.Column[] Writable(DataViewSchema schema) =>
        [.. schema.Where(column => !column.IsHidden && ColumnJson.CanWrite(column.Type))];

    private static Func<string> MakeWriter(DataViewRow row, DataViewSchema schema)
    {
        var columns = Writable(schema);
        var writers = Array.ConvertAll(columns, column => ColumnJson.MakeWriter(row, column));
        return () =>
        {
            using var stream = new MemoryStream();
            using (var json = new Utf8JsonWriter(stream))
            {
                json.WriteStartObject();
                for (int i = 0; i < columns.Length; i++)
                {
                    json.WritePropertyName(columns[i].Name);
                    writers[i](json);
                }
                json.WriteEndObject();
            }
            return Encoding.UTF8.GetString(stream.ToArray());
        };
    }
}
