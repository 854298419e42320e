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
