using System.Runtime.InteropServices;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms.Text;

/// <summary>What the transforms of text columns share.</summary>
internal static class TextColumns
{
    public static void CheckText(DataViewSchema.Column column, string expected)
    {
        if (column.Type.ItemTypeOrSelf() is not TextDataViewType)
            throw Contracts.ExceptSchemaMismatch("inputSchema", "input", column.Name, expected, column.Type.ToString());
    }

    /// <summary>The column of that name; throws the documented errors where there is none or it does not hold text.</summary>
    public static SchemaShape.Column FindText(this SchemaShape shape, string name, string expected)
    {
        var column = shape.FindInput(name);
        return column.ItemType is TextDataViewType
            ? column
            : throw Contracts.ExceptSchemaMismatch("inputSchema", "input", name, expected, column.ItemType.ToString());
    }

    public static void CheckNames(string outputColumnName, string[] inputColumnNames)
    {
        Contracts.CheckNonWhiteSpace(outputColumnName, nameof(outputColumnName));
        Contracts.CheckNonEmpty(inputColumnNames, nameof(inputColumnNames));
        Contracts.CheckParam(!inputColumnNames.Any(string.IsNullOrWhiteSpace), nameof(inputColumnNames), "Contained some null or empty items");
    }

    /// <summary>Makes <paramref name="destination"/> a dense vector of <paramref name="items"/>.</summary>
    public static void SetDense(List<ReadOnlyMemory<char>> items, ref VBuffer<ReadOnlyMemory<char>> destination)
    {
        var editor = VBufferEditor.Create(ref destination, items.Count);
        CollectionsMarshal.AsSpan(items).CopyTo(editor.Values);
        destination = editor.Commit();
    }
}
