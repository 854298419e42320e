using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms;

/// <summary>What both ways of selecting slots share.</summary>
internal static class SlotSelection
{
    /// <summary>The column to select from; throws the documented errors where there is none, or its size varies.</summary>
    public static DataViewSchema.Column FindInput(DataViewSchema schema, string name)
    {
        var column = schema.GetColumnOrNull(name) ?? throw Contracts.ExceptUserArg("columns", $"Source column '{name}' not found");
        if (column.Type is VectorDataViewType { IsKnownSize: false })
            throw Contracts.ExceptUserArg("columns", $"Variable length column '{name}' is not allowed");
        return column;
    }

    public static SchemaShape.Column Shape(string outputName, SchemaShape.Column input)
    {
        if (input.Kind == SchemaShape.Column.VectorKind.VariableVector)
            throw Contracts.ExceptUserArg("inputSchema", $"Variable length column '{input.Name}' is not allowed");
        var annotations = input.Annotations.Where(annotation => annotation.Name is
            AnnotationUtils.Kinds.SlotNames or AnnotationUtils.Kinds.CategoricalSlotRanges or AnnotationUtils.Kinds.IsNormalized or AnnotationUtils.Kinds.KeyValues);
        return new SchemaShape.Column(outputName, input.Kind, input.ItemType, input.IsKey, new SchemaShape(annotations));
    }

    /// <summary>Drops the slots of each column that are not to be kept; a column all of whose slots are kept is copied.</summary>
    public static ITransformer MakeTransformer(IHost host, (string outputColumnName, string inputColumnName)[] columns, bool[][] keep)
    {
        using (var channel = host.Start("Dropping Slots"))
        {
            for (int i = 0; i < columns.Length; i++)
                channel.Info(MessageSensitivity.Schema, "Selected {0} slots out of {1} in column '{2}'", keep[i].Count(kept => kept), keep[i].Length, columns[i].inputColumnName);
            channel.Info(MessageSensitivity.None, "Total number of slots selected: {0}", keep.Sum(slots => slots.Count(kept => kept)));
        }
        var whole = columns.Where((_, i) => !keep[i].Contains(false)).ToArray();
        var cut = columns.Zip(keep).Where(column => column.Second.Contains(false)).ToArray();
        if (cut.Length == 0)
            return new ColumnCopyingTransformer(host, whole);
        var dropping = new SlotsDroppingTransformer(host, Array.ConvertAll(cut, column => column.First), Array.ConvertAll(cut, column => column.Second));
        return whole.Length == 0
            ? dropping
            : new TransformerChain<SlotsDroppingTransformer>(new ColumnCopyingTransformer(host, whole), dropping);
    }
}
