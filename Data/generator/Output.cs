using System.Globalization;
using System.Text;

namespace MLPipelines.Data;

/// <summary>Writes UTF-8 files without byte order mark and with line feeds, on every system.</summary>
internal sealed class Output(string folder)
{
    public void Write(string path, StringBuilder text)
    {
        string full = Path.Combine(folder, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllBytes(full, new UTF8Encoding(false).GetBytes(text.ToString()));
    }

    public static void Row(StringBuilder text, params ReadOnlySpan<string> fields)
    {
        for (int i = 0; i < fields.Length; i++)
        {
            text.Append(i == 0 ? "" : ",");
            if (fields[i].AsSpan().IndexOfAny(",\"\n\r") >= 0)
            {
                text.Append('"').Append(fields[i].Replace("\"", "\"\"", StringComparison.Ordinal)).Append('"');
            }
            else
            {
                text.Append(fields[i]);
            }
        }

        text.Append('\n');
    }

    public static string Json(string text) =>
        '"' + text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal) + '"';

    public static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);

    public static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
