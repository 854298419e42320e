using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML;

public sealed partial class DataOperationsCatalog
{
    /// <summary>
    /// Objects of a class as data; each public field or readable property is a column. They are read anew in every pass.
    /// </summary>
    /// <remarks>
    /// The rows come in the order of the sequence; <see cref="Cache"/> gives data that trainers can read shuffled. A collection knows its
    /// number of rows.
    /// </remarks>
    public IDataView LoadFromEnumerable<TRow>(IEnumerable<TRow> data, SchemaDefinition schemaDefinition = null) where TRow : class
    {
        Contracts.CheckValue(data, nameof(data));
        return new TypedDataView<TRow>(Environment, data, schemaDefinition);
    }

    /// <summary>Objects of a class as data, with the annotations of the columns of <paramref name="schema"/>.</summary>
    public IDataView LoadFromEnumerable<TRow>(IEnumerable<TRow> data, DataViewSchema schema) where TRow : class
    {
        Contracts.CheckValue(data, nameof(data));
        return new TypedDataView<TRow>(Environment, data, RowSchema.DefinitionFor(typeof(TRow), schema ?? new DataViewSchema.Builder().ToSchema()));
    }

    /// <summary>The rows of data as objects, read lazily, anew in each enumeration.</summary>
    /// <param name="data">The data.</param>
    /// <param name="reuseRowObject">Whether every row comes in the same object.</param>
    /// <param name="ignoreMissingColumns">Whether members without a column of their name are left alone, rather than being an error.</param>
    /// <param name="schemaDefinition">Which columns go into which members; null for what the members say.</param>
    public IEnumerable<TRow> CreateEnumerable<TRow>(IDataView data, bool reuseRowObject, bool ignoreMissingColumns = false, SchemaDefinition schemaDefinition = null)
        where TRow : class, new()
    {
        Contracts.CheckValue(data, nameof(data));
        return Enumerate(data, new RowBinding<TRow>(Environment, data.Schema, ignoreMissingColumns, schemaDefinition), reuseRowObject);
    }

    private static IEnumerable<TRow> Enumerate<TRow>(IDataView data, RowBinding<TRow> binding, bool reuseRowObject) where TRow : class, new()
    {
        using var cursor = data.GetRowCursor(binding.Columns);
        var writers = binding.MakeWriters(cursor);
        TRow row = null;
        while (cursor.MoveNext())
        {
            if (row == null || !reuseRowObject)
                row = new TRow();
            foreach (var write in writers)
                write(row);
            yield return row;
        }
    }
}
