using System.Globalization;
using System.Text;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace MLPipelines.Tests.Runtime.Loading;

/// <summary>A folder of text files for one test, and what was logged.</summary>
internal sealed class TextFiles : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("text-files-").FullName;

    public TextFiles()
    {
        Context.Log += (_, e) =>
        {
            lock (Log)
                Log.Add($"{e.Kind}: {e.RawMessage}");
        };
    }

    public MLContext Context { get; } = new(seed: 1);

    public List<string> Log { get; } = [];

    public string Path(string name) => System.IO.Path.Combine(_folder, name);

    public string Write(string content, string name = "data.txt") => Write(Encoding.UTF8.GetBytes(content), name);

    public string Write(byte[] content, string name = "data.txt")
    {
        string path = Path(name);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, content);
        return path;
    }

    /// <summary>The rows of a text with the given columns, as <see cref="Rows"/>.</summary>
    public string[] Read(string content, params TextLoader.Column[] columns) => Read(content, new TextLoader.Options { Separators = [','] }, columns);

    /// <inheritdoc cref="Read(string, TextLoader.Column[])"/>
    public string[] Read(string content, TextLoader.Options options, params TextLoader.Column[] columns) =>
        Rows(Load(content, options, columns));

    public IDataView Load(string content, TextLoader.Options options, params TextLoader.Column[] columns)
    {
        options.Columns = columns;
        return Context.Data.LoadFromTextFile(Write(content), options);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    public static TextLoader.Column TextColumn(string name, int index) => new(name, DataKind.String, index);

    public static TextLoader.Column NumberColumn(string name, int index) => new(name, DataKind.Single, index);

    /// <summary>
    /// One text a row: values separated by <c>|</c>, vectors in brackets with an <c>s</c> and <c>index:value</c> pairs where sparse.
    /// </summary>
    public static string[] Rows(IDataView data)
    {
        using var cursor = data.GetRowCursor(data.Schema);
        return [.. Rows(cursor)];
    }

    public static IEnumerable<string> Rows(DataViewRowCursor cursor)
    {
        Func<string>[] getters = [.. cursor.Schema.Select(column => Getter(cursor, column))];
        while (cursor.MoveNext())
            yield return string.Join('|', getters.Select(getter => getter()));
    }

    private static Func<string> Getter(DataViewRow row, DataViewSchema.Column column) =>
        column.Type is VectorDataViewType vector
            ? GenericDispatch.Invoke<DataViewRow, DataViewSchema.Column, Func<string>>(vector.ItemType.RawType, VectorGetter<int>, row, column)
            : GenericDispatch.Invoke<DataViewRow, DataViewSchema.Column, Func<string>>(column.Type.RawType, ScalarGetter<int>, row, column);

    private static Func<string> ScalarGetter<T>(DataViewRow row, DataViewSchema.Column column)
    {
        var getter = row.GetGetter<T>(column);
        return () =>
        {
            T value = default!;
            getter(ref value);
            return Show(value);
        };
    }

    private static Func<string> VectorGetter<T>(DataViewRow row, DataViewSchema.Column column)
    {
        var getter = row.GetGetter<VBuffer<T>>(column);
        VBuffer<T> value = default;
        return () =>
        {
            getter(ref value);
            return value.IsDense
                ? $"[{string.Join(' ', value.DenseValues().Select(Show))}]"
                : $"[s{value.Length} {string.Join(' ', value.Items().Select(item => $"{item.Key}:{Show(item.Value)}"))}]";
        };
    }

    private static string Show<T>(T value) => value switch
    {
        DateTime time => time.ToString("o", CultureInfo.InvariantCulture),
        DateTimeOffset time => time.ToString("o", CultureInfo.InvariantCulture),
        IFormattable item => item.ToString(null, CultureInfo.InvariantCulture),
        _ => value!.ToString()!,
    };
}
