using System.Text;
using System.Text.Json;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLPipelines.Artifacts;

/// <summary>
/// Rows of input and output that a loaded model must reproduce, one JSON object a line: <c>{"in":{…},"out":{…}}</c>.
/// </summary>
internal static class GoldenRows
{
    private const string Input = "in", Output = "out";
    private const int MaximumRows = 1000;

    // Wider columns are features on their way through rather than results.
    private const int MaximumSlots = 10_000;

    /// <summary>The first rows of a sample, and what the model makes of them as they stand in the JSON; empty where it cannot map rows one by one.</summary>
    public static byte[] Take(ITransformer model, IDataView sample, IReadOnlySet<string> inputs, IEnumerable<string> outputs, int count)
    {
        if (count == 0 || !model.IsRowToRowMapper)
            return [];
        var rows = ReadRows(sample, inputs, count);
        var schema = model.GetOutputSchema(sample.Schema);
        string[] names = [.. outputs.Where(name => IsWritable(schema[name].Type))];
        var results = Run(model, sample.Schema, rows, names);
        using var stream = new MemoryStream();
        for (int row = 0; row < rows.Count; row++)
        {
            using (var json = new Utf8JsonWriter(stream))
            {
                json.WriteStartObject();
                json.WritePropertyName(Input);
                rows[row].WriteTo(json);
                json.WriteStartObject(Output);
                for (int i = 0; i < names.Length; i++)
                {
                    json.WritePropertyName(names[i]);
                    results[row][i].WriteTo(json);
                }
                json.WriteEndObject();
                json.WriteEndObject();
            }
            stream.WriteByte((byte)'\n');
        }
        return stream.ToArray();
    }

    /// <summary>Refuses a model that does not give the outputs that were recorded.</summary>
    public static void Check(LoadedModel loaded, byte[] golden, CancellationToken cancellationToken)
    {
        var rows = Parse(golden, loaded.Path);
        if (rows.Count == 0)
            return;
        string[] names = [.. rows[0].GetProperty(Output).EnumerateObject().Select(property => property.Name)];
        var results = Run(loaded.Model, loaded.InputSchema, [.. rows.Select(row => row.GetProperty(Input))], names, cancellationToken);
        for (int row = 0; row < rows.Count; row++)
        {
            for (int i = 0; i < names.Length; i++)
            {
                var actual = results[row][i];
                if (!rows[row].GetProperty(Output).TryGetProperty(names[i], out var expected))
                    ArtifactThrow.Damaged(loaded.Path, $"golden row {row + 1} lacks the column '{ArtifactThrow.Printable(names[i])}'");
                if (!Agree(expected, actual, loaded.Manifest.GoldenTolerance))
                    ArtifactThrow.Fail($"The artifact '{loaded.Path}' is refused: for golden row {row + 1} its model gives {names[i]} = {Short(actual)} here, and gave {Short(expected)} when it was published. The versions of the engines may differ; publish the model anew with this installation.");
            }
        }
    }

    private static List<JsonElement> ReadRows(IDataView sample, IReadOnlySet<string> inputs, int count)
    {
        DataViewSchema.Column[] columns = [.. sample.Schema.Where(column => !column.IsHidden && inputs.Contains(column.Name) && ColumnJson.CanWrite(column.Type))];
        using var cursor = sample.GetRowCursor(columns);
        var writers = Array.ConvertAll(columns, column => ColumnJson.MakeWriter(cursor, column));
        var rows = new List<JsonElement>();
        while (rows.Count < count && cursor.MoveNext())
        {
            rows.Add(ColumnJson.ToElement(json =>
            {
                json.WriteStartObject();
                for (int i = 0; i < columns.Length; i++)
                {
                    json.WritePropertyName(columns[i].Name);
                    writers[i](json);
                }
                json.WriteEndObject();
            }));
        }
        return rows;
    }

    private static List<JsonElement[]> Run(ITransformer model, DataViewSchema schema, IReadOnlyList<JsonElement> rows, string[] outputs, CancellationToken cancellationToken = default)
    {
        var transformed = model.Transform(new JsonRowsDataView(schema, rows));
        var columns = Array.ConvertAll(outputs, name => transformed.Schema[name]);
        using var cursor = transformed.GetRowCursor(columns);
        var writers = Array.ConvertAll(columns, column => ColumnJson.MakeWriter(cursor, column));
        var results = new List<JsonElement[]>();
        while (cursor.MoveNext())
        {
            cancellationToken.ThrowIfCancellationRequested();
            results.Add(Array.ConvertAll(writers, ColumnJson.ToElement));
        }
        return results.Count == rows.Count
            ? results
            : throw new InvalidOperationException($"The model makes {results.Count} rows of {rows.Count}.");
    }

    private static List<JsonElement> Parse(byte[] golden, string file)
    {
        var rows = new List<JsonElement>();
        try
        {
            foreach (var line in Encoding.UTF8.GetString(golden).Split('\n', StringSplitOptions.RemoveEmptyEntries))
            {
                if (rows.Count == MaximumRows)
                    ArtifactThrow.Damaged(file, $"it has more than {MaximumRows} golden rows");
                using var document = JsonDocument.Parse(line, new JsonDocumentOptions { MaxDepth = 8 });
                var row = document.RootElement.Clone();
                if (row.GetProperty(Input).ValueKind != JsonValueKind.Object || row.GetProperty(Output).ValueKind != JsonValueKind.Object)
                    throw new JsonException($"a golden row needs the objects '{Input}' and '{Output}'");
                rows.Add(row);
            }
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            ArtifactThrow.Damaged(file, $"golden row {rows.Count + 1} cannot be read: {e.Message}", e);
        }
        return rows;
    }

    // Bytes are files, such as pictures: compressed, they differ wholly where one pixel does, and take minutes to make.
    private static bool IsWritable(DataViewType type) =>
        ColumnJson.CanWrite(type) && (type is not VectorDataViewType vector || vector.Size <= MaximumSlots && vector.ItemType != NumberDataViewType.Byte);

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
