using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace MLPipelines.Tests.Notebooks;

/// <summary>What a cell showed, in order: texts, and pictures.</summary>
/// <param name="Text">What it wrote; of a picture, its file's name.</param>
/// <param name="Png">The picture in base 64; null for a text.</param>
internal sealed record NotebookOutput(string Text, string? Png = null);

/// <summary>A notebook of format 4.5 as Jupyter writes it.</summary>
internal static class NotebookFile
{
    /// <summary>What a cell wrote as outputs: a line that names a picture in the folder shows it.</summary>
    public static IReadOnlyList<NotebookOutput> Outputs(string written, string folder)
    {
        var outputs = new List<NotebookOutput>();
        var text = new StringBuilder();
        foreach (string line in written.Split('\n', StringSplitOptions.None))
        {
            if (line.EndsWith(".png", StringComparison.Ordinal) && File.Exists(Path.Combine(folder, line)))
            {
                Flush();
                outputs.Add(new NotebookOutput(line, Convert.ToBase64String(File.ReadAllBytes(Path.Combine(folder, line)))));
            }
            else
            {
                text.Append(line).Append('\n');
            }
        }
        Flush();
        return outputs;

        void Flush()
        {
            string written = text.ToString().Trim('\n');
            text.Clear();
            if (written.Length > 0)
                outputs.Add(new NotebookOutput(written + "\n"));
        }
    }

    public static string Write(NotebookSource source, IReadOnlyList<IReadOnlyList<NotebookOutput>> outputs)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true, IndentSize = 1, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteStartArray("cells");
            int executed = 0;
            for (int i = 0; i < source.Cells.Count; i++)
                WriteCell(json, source.Cells[i], i, outputs[i], ref executed);
            json.WriteEndArray();
            json.WritePropertyName("metadata");
            json.WriteRawValue("""{"kernelspec":{"display_name":".NET (C#)","language":"C#","name":".net-csharp"},"language_info":{"file_extension":".cs","mimetype":"text/x-csharp","name":"C#","pygments_lexer":"csharp"}}""");
            json.WriteNumber("nbformat", 4);
            json.WriteNumber("nbformat_minor", 5);
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.WrittenSpan) + "\n";
    }

    /// <summary>The outputs of a notebook's cells.</summary>
    public static IReadOnlyList<IReadOnlyList<NotebookOutput>> ReadOutputs(string notebook)
    {
        using var document = JsonDocument.Parse(notebook);
        return [.. document.RootElement.GetProperty("cells").EnumerateArray().Select(cell => cell.TryGetProperty("outputs", out var outputs) ? outputs.EnumerateArray().Select(Read).ToArray() : [])];

        static NotebookOutput Read(JsonElement output) => output.TryGetProperty("text", out var text)
            ? new NotebookOutput(Joined(text))
            : new NotebookOutput(Joined(output.GetProperty("data").GetProperty("text/plain")), output.GetProperty("data").GetProperty("image/png").GetString());

        static string Joined(JsonElement lines) => string.Concat(lines.EnumerateArray().Select(line => line.GetString()));
    }

    private static void WriteCell(Utf8JsonWriter json, NotebookCell cell, int number, IReadOnlyList<NotebookOutput> outputs, ref int executed)
    {
        json.WriteStartObject();
        json.WriteString("cell_type", cell.IsMarkdown ? "markdown" : "code");
        if (!cell.IsMarkdown)
            json.WriteNumber("execution_count", ++executed);
        json.WriteString("id", FormattableString.Invariant($"cell-{number + 1}"));
        json.WriteStartObject("metadata");
        if (cell.Tags.Count > 0)
        {
            json.WriteStartArray("tags");
            foreach (string tag in cell.Tags)
                json.WriteStringValue(tag);
            json.WriteEndArray();
        }
        json.WriteEndObject();
        if (!cell.IsMarkdown)
        {
            json.WriteStartArray("outputs");
            foreach (var output in outputs)
                WriteOutput(json, output);
            json.WriteEndArray();
        }
        WriteLines(json, "source", string.Join('\n', cell.Lines));
        json.WriteEndObject();
    }

    private static void WriteOutput(Utf8JsonWriter json, NotebookOutput output)
    {
        json.WriteStartObject();
        if (output.Png is { } png)
        {
            json.WriteStartObject("data");
            json.WriteString("image/png", png);
            WriteLines(json, "text/plain", output.Text);
            json.WriteEndObject();
            json.WriteStartObject("metadata");
            json.WriteEndObject();
            json.WriteString("output_type", "display_data");
        }
        else
        {
            json.WriteString("name", "stdout");
            json.WriteString("output_type", "stream");
            WriteLines(json, "text", output.Text);
        }
        json.WriteEndObject();
    }

    /// <summary>Jupyter's texts are arrays of lines, each with its line end.</summary>
    private static void WriteLines(Utf8JsonWriter json, string name, string text)
    {
        json.WriteStartArray(name);
        for (int at = 0; at < text.Length;)
        {
            int end = text.IndexOf('\n', at) is var found and >= 0 ? found + 1 : text.Length;
            json.WriteStringValue(text.AsSpan(at..end));
            at = end;
        }
        json.WriteEndArray();
    }
}
