using System.Text.Json;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLPipelines.Artifacts;

/// <summary>
/// Rows of input and output that a loaded model must reproduce, one JSON object a line: <c>{"in":{…},"out":{…}}</c>.
/// </summary>
internal static class GoldenRows
{
    public static byte[] Take(ITransformer model, IDataView sample, IReadOnlySet<string> inputs, int count)
    {
        using var stream = new MemoryStream();
        if (count == 0)
            return [];
        var output = model.Transform(sample);
        var written = Readable(sample.Schema.Where(column => !column.IsHidden && inputs.Contains(column.Name)));
        var expected = Readable(output.Schema.Where(column => !column.IsHidden && ModelPackage.IsAdded(column, sample.Schema)));
        using var before = sample.GetRowCursor(written);
        using var after = output.GetRowCursor(expected);
        var inputWriters = Array.ConvertAll(written, column => ColumnJson.MakeWriter(before, column));
        var outputWriters = Array.ConvertAll(expected, column => ColumnJson.MakeWriter(after, column));
        for (int row = 0; row < count && before.MoveNext() && after.MoveNext(); row++)
        {
            using (var json = new Utf8JsonWriter(stream))
            {
                json.WriteStartObject();
                WriteValues(json, "in", written, inputWriters);
                WriteValues(json, "out", expected, outputWriters);
                json.WriteEndObject();
            }
            stream.WriteByte((byte)'\n');
        }
        return stream.ToArray();
    }

    public static void Check(MLContext context, LoadedModel loaded, byte[] golden, string file)
    {
        var rows = Parse(golden, file);
        if (rows.Count == 0)
            return;
        var inputs = new JsonRowsDataView(loaded.InputSchema, [.. rows.Select(row => row.GetProperty("in"))]);
        var output = loaded.Model.Transform(inputs);
        var expectedNames = rows[0].GetProperty("out").EnumerateObject().Select(property => property.Name).ToArray();
        var columns = Array.ConvertAll(expectedNames, name => output.Schema.GetColumnOrNull(name)
            ?? throw new ArtifactException($"The artifact '{file}' is refused: its model does not give the column '{ArtifactThrow.Printable(name)}' that its golden rows hold."));
        using var cursor = output.GetRowCursor(columns);
        var writers = Array.ConvertAll(columns, column => ColumnJson.MakeWriter(cursor, column));
        for (int i = 0; i < rows.Count && cursor.MoveNext(); i++)
        {
            var expected = rows[i].GetProperty("out");
            for (int c = 0; c < columns.Length; c++)
            {
                var actual = ColumnJson.ToElement(writers[c]);
                if (!Agree(expected.GetProperty(expectedNames[c]), actual, loaded.Manifest.GoldenTolerance))
                    ArtifactThrow.Fail($"The artifact '{file}' is refused: for golden row {i + 1} its model gives {expectedNames[c]} = {Short(actual)} here, and gave {Short(expected.GetProperty(expectedNames[c]))} when it was published. The versions of the engines may differ; publish the model anew with this installation.");
            }
        }
    }

    private static List<JsonElement> Parse(byte[] golden, string file)
    {
        var rows = new List<JsonElement>();
        foreach (var line in System.Text.Encoding.UTF8.GetString(golden).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            try
            {
                using var document = JsonDocument.Parse(line, new JsonDocumentOptions { MaxDepth = 8 });
                var row = document.RootElement.Clone();
                if (row.GetProperty("in").ValueKind != JsonValueKind.Object || row.GetProperty("out").ValueKind != JsonValueKind.Object)
                    throw new JsonException("a golden row needs the objects 'in' and 'out'");
                rows.Add(row);
            }
            catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
            {
                ArtifactThrow.Damaged(file, $"golden row {rows.Count + 1} cannot be read: {e.Message}", e);
            }
        }
        return rows;
    }

    private static DataViewSchema.Column[] Readable(IEnumerable<DataViewSchema.Column> columns) =>
        [.. columns.Where(column => ColumnJson.CanWrite(column.Type))];

    private static void WriteValues(Utf8JsonWriter json, string name, DataViewSchema.Column[] columns, Action<Utf8JsonWriter>[] writers)
    {
        json.WriteStartObject(name);
        for (int i = 0; i < columns.Length; i++)
        {
            json.WritePropertyName(columns[i].Name);
            writers[i](json);
        }
        json.WriteEndObject();
    }

    private static bool Agree(JsonElement expected, JsonElement actual, double tolerance)
    {
        if (expected.ValueKind != actual.ValueKind)
            return false;
        switch (expected.ValueKind)
        {
            case JsonValueKind.Array:
                return expected.GetArrayLength() == actual.GetArrayLength()
                    && expected.EnumerateArray().Zip(actual.EnumerateArray()).All(pair => Agree(pair.First, pair.Second, tolerance));
            case JsonValueKind.Number:
                return tolerance > 0
                    ? Math.Abs(expected.GetDouble() - actual.GetDouble()) <= tolerance
                    : expected.GetRawText() == actual.GetRawText();
            default:
                return expected.ToString() == actual.ToString();
        }
    }

    private static string Short(JsonElement value)
    {
        var text = value.GetRawText();
        return text.Length <= 80 ? text : text[..80] + "…";
    }
}
