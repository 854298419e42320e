using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using Microsoft.Win32.SafeHandles;

namespace MLPipelines.Scoring;

/// <summary>A table in a file, of which an input of a model names the rows.</summary>
/// <param name="Ids">The input with the numbers of rows.</param>
/// <param name="Rows">The input that takes the rows themselves.</param>
/// <param name="Type">The type of their elements.</param>
/// <param name="Count">How many rows there are.</param>
/// <param name="RowShape">The shape of a row.</param>
/// <param name="Location">The file, relative to the model's folder; "" for the model's own.</param>
/// <param name="Offset">(bytes) Where in the file row 0 begins.</param>
/// <param name="RowBytes">(bytes) The length of a row.</param>
internal sealed record RowLookup(string Ids, string Rows, TensorElementType Type, long Count, long[] RowShape, string Location, long Offset, long RowBytes);

/// <summary>The tables of a model that stay in their files: each run reads the rows that it needs. Thread-safe.</summary>
internal sealed class RowTables : IDisposable
{
    private readonly string _where;
    private readonly Dictionary<string, SafeFileHandle> _files = new(StringComparer.Ordinal);

    /// <param name="where">The model, for messages.</param>
    /// <param name="folder">Its folder.</param>
    /// <param name="fileName">Its name there.</param>
    /// <param name="lookups">The tables.</param>
    public RowTables(string where, string folder, string fileName, IReadOnlyList<RowLookup> lookups)
    {
        (_where, Lookups) = (where, lookups);
        try
        {
            foreach (var lookup in lookups)
            {
                if (!_files.ContainsKey(lookup.Location))
                    _files.Add(lookup.Location, File.OpenHandle(Path.Combine(folder, lookup.Location.Length == 0 ? fileName : lookup.Location), share: FileShare.Read | FileShare.Delete, options: FileOptions.RandomAccess));
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Dispose();
            throw ScoringErrors.CannotRead(where, e);
        }
    }

    public IReadOnlyList<RowLookup> Lookups { get; }

    /// <summary>The rows that ids name; the caller disposes of the value.</summary>
    public OrtValue Read(RowLookup lookup, OrtValue ids)
    {
        var numbers = OnnxTensors.Elements<long>(ids);
        var rows = OnnxTensors.Allocate(lookup.Type, [.. OnnxTensors.ShapeOf(ids), .. lookup.RowShape]);
        try
        {
            var target = rows.GetTensorMutableRawData();
            int rowBytes = (int)lookup.RowBytes;
            for (int i = 0; i < numbers.Length; i++)
            {
                long row = numbers[i] < 0 ? numbers[i] + lookup.Count : numbers[i];
                if (row < 0 || row >= lookup.Count)
                    throw ScoringErrors.NoRow(_where, lookup.Ids, numbers[i], lookup.Count);
                ReadRow(_files[lookup.Location], lookup.Offset + (row * rowBytes), target.Slice(i * rowBytes, rowBytes));
            }
            return rows;
        }
        catch
        {
            rows.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        foreach (var file in _files.Values)
            file.Dispose();
    }

    private void ReadRow(SafeFileHandle file, long offset, Span<byte> target)
    {
        while (!target.IsEmpty)
        {
            int read = RandomAccess.Read(file, target, offset);
            if (read == 0)
                throw ScoringErrors.CannotRead(_where, new EndOfStreamException("it was cut off while it was open"));
            offset += read;
            target = target[read..];
        }
    }
}
