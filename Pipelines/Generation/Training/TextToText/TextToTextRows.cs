using Microsoft.ML;

namespace MLPipelines.Generation;

/// <summary>Reads texts of rows.</summary>
internal static class TextToTextRows
{
    private const int RowsBetweenChecks = 1024;

    /// <summary>The inputs and targets of the rows that have a target.</summary>
    public static (List<string> Inputs, List<string> Targets) Read(IDataView data, string inputColumn, string targetColumn, CancellationToken cancellation)
    {
        var input = data.Schema.FindText(inputColumn);
        var target = data.Schema.FindText(targetColumn);
        using var cursor = data.GetRowCursor([input, target]);
        var (readInput, readTarget) = (TextColumns.Reader(cursor, input), TextColumns.Reader(cursor, target));
        var (inputs, targets) = (new List<string>(), new List<string>());
        for (long row = 0; cursor.MoveNext(); row++)
        {
            if (row % RowsBetweenChecks == 0)
                cancellation.ThrowIfCancellationRequested();
            string right = readTarget();
            if (right.Length == 0)
                continue;
            inputs.Add(readInput());
            targets.Add(right);
        }
        return (inputs, targets);
    }
}
