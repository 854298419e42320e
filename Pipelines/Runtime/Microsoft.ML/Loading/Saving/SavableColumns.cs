using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>Which columns a saver writes.</summary>
internal static class SavableColumns
{
    /// <summary>The columns of types that can be saved, without hidden ones unless they are to be kept.</summary>
    public static List<DataViewSchema.Column> Of(IHostEnvironment env, DataViewSchema schema, bool keepHidden, Func<DataViewType, bool> canSave)
    {
        using var channel = env.Start("Saving data");
        var columns = new List<DataViewSchema.Column>();
        foreach (var column in schema)
        {
            if (column.IsHidden && !keepHidden)
                continue;
            if (canSave(column.Type))
                columns.Add(column);
            else
                channel.Info(MessageSensitivity.Schema, $"The column '{column.Name}' will not be written as it has unsavable column type.");
        }
        Contracts.Check(columns.Count > 0, "No valid columns to save");
        return columns;
    }
}
