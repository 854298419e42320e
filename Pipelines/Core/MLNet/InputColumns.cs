using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLPipelines.MLNet;

/// <summary>Finds the columns that our estimators and transformers read.</summary>
public static class InputColumns
{
    /// <summary>The column of that name and of one of the given types.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is missing or of another type.</exception>
    public static DataViewSchema.Column FindInput(this DataViewSchema inputSchema, string name, Func<DataViewType, bool> fits, string expected)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        ArgumentNullException.ThrowIfNull(fits);
        var column = inputSchema.GetColumnOrNull(name)
            ?? throw new ArgumentOutOfRangeException(nameof(inputSchema), $"Could not find input column '{name}'; the columns are: {string.Join(", ", inputSchema.Select(candidate => candidate.Name))}.");
        return fits(column.Type)
            ? column
            : throw new ArgumentOutOfRangeException(nameof(inputSchema), $"Schema mismatch for input column '{name}': expected {expected}, got {column.Type}");
    }
}
