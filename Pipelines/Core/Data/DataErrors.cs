using System.Globalization;

namespace MLPipelines.Data;

/// <summary>Builds the exceptions of this folder; callers write <c>throw DataErrors.X(…)</c>.</summary>
internal static class DataErrors
{
    public static FileNotFoundException MissingFile(string path)
    {
        string full = Path.GetFullPath(path);
        string? folder = Path.GetDirectoryName(full);
        string hint = Directory.Exists(full) ? " It is a folder; give the path of a file in it."
            : folder is not null && !Directory.Exists(folder) ? $" The folder '{folder}' does not exist either."
            : NearMiss.Hint(Path.GetFileName(full), SiblingNames(folder));
        return new FileNotFoundException($"The data file '{path}' does not exist (looked for '{full}').{hint}", path);
    }

    public static InvalidOperationException NotRewindable(string name) =>
        new($"'{name}' was already read and its stream cannot seek; open a new stream, or read from a path.");

    public static ArgumentException UnreadableStream(string name) =>
        new($"The stream '{name}' cannot be read.", name);

    public static InvalidOperationException NoCurrentRecord() =>
        new("There is no current record: call ReadRecord first, and stop when it returns false.");

    public static ArgumentOutOfRangeException NoSuchField(int field, int count) =>
        new(nameof(field), field, string.Create(CultureInfo.InvariantCulture, $"The record has {count} fields; the index must be from 0 to {count - 1}."));

    private static IEnumerable<string> SiblingNames(string? folder) =>
        folder is null ? [] : Directory.EnumerateFiles(folder).Take(1000).Select(f => Path.GetFileName(f)!);
}
