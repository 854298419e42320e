using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Trainers.Recommender;

/// <summary>A known value of a matrix, at 0-based indices.</summary>
internal readonly record struct MatrixEntry(int Row, int Column, float Value);

/// <summary>The known values of a matrix, in chunks: there may be more than one array holds.</summary>
internal sealed class MatrixEntries
{
    private const int ChunkSize = 1 << 18;

    private readonly List<MatrixEntry[]> _chunks = [];

    private MatrixEntries(int rows, int columns)
    {
        Rows = rows;
        Columns = columns;
    }

    public int Rows { get; }

    public int Columns { get; }

    public long Count { get; private set; }

    /// <summary>How many rows of the data had no key or no number.</summary>
    public long Skipped { get; private set; }

    public IEnumerable<ArraySegment<MatrixEntry>> Chunks
    {
        get
        {
            long left = Count;
            foreach (var chunk in _chunks)
            {
                yield return new ArraySegment<MatrixEntry>(chunk, 0, (int)Math.Min(left, ChunkSize));
                left -= ChunkSize;
            }
        }
    }

    public static MatrixEntries Read(IHost host, IDataView data, DataViewSchema.Column rowColumn, DataViewSchema.Column columnColumn, DataViewSchema.Column labelColumn)
    {
        var entries = new MatrixEntries(KeyCount(rowColumn), KeyCount(columnColumn));
        using var cursor = data.GetRowCursor([rowColumn, columnColumn, labelColumn]);
        var rows = TrainingGetters.GroupOrNull(cursor, rowColumn);
        var columns = TrainingGetters.GroupOrNull(cursor, columnColumn);
        var labels = TrainingGetters.Label(cursor, labelColumn);
        ulong row = 0, column = 0;
        float label = 0;
        while (cursor.MoveNext())
        {
            host.CheckAlive();
            rows(ref row);
            columns(ref column);
            labels(ref label);
            if (row == 0 || column == 0 || !float.IsFinite(label))
                entries.Skipped++;
            else
                entries.Add(new MatrixEntry((int)(row - 1), (int)(column - 1), label));
        }
        return entries;
    }

    /// <summary>The error of the products of factors; values without factors are left out.</summary>
    public double RootMeanSquaredError(FactorPair factors)
    {
        double sum = 0;
        long count = 0;
        foreach (var chunk in Chunks)
        {
            foreach (var entry in chunk)
            {
                if (entry.Row >= factors.Rows || entry.Column >= factors.Columns || !factors.IsKnown(entry.Row, entry.Column))
                    continue;
                double error = entry.Value - factors.Scale * factors.Dot(entry.Row, entry.Column);
                sum += error * error;
                count++;
            }
        }
        return count == 0 ? 0 : Math.Sqrt(sum / count);
    }

    private void Add(MatrixEntry entry)
    {
        int offset = (int)(Count % ChunkSize);
        if (offset == 0)
            _chunks.Add(new MatrixEntry[ChunkSize]);
        _chunks[^1][offset] = entry;
        Count++;
    }

    private static int KeyCount(DataViewSchema.Column column)
    {
        ulong count = ((KeyDataViewType)column.Type).Count;
        return count <= int.MaxValue
            ? (int)count
            : throw Contracts.ExceptParam("data", $"The key column '{column.Name}' has {count} values; a matrix has at most {int.MaxValue} rows and columns.");
    }
}

/// <summary>What both solvers are told.</summary>
internal sealed record FactorizationSettings(
    int Rank, int Iterations, float LearningRate, float Lambda, float Alpha, float UnknownValue, bool NonNegative, int Threads, ulong Seed);
