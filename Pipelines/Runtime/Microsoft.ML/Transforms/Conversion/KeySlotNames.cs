using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms;

/// <summary>Names and getters that the mappings of keys to vectors share.</summary>
internal static class KeySlotNames
{
    /// <summary>The names of the keys of a column, one text for each; null where it has none.</summary>
    public static ValueGetter<VBuffer<ReadOnlyMemory<char>>> KeyNamesOrNull(DataViewSchema.Column input) =>
        AnnotationUtils.HasKeyValues(input, out var type) && type.ItemType is TextDataViewType
            ? (ref VBuffer<ReadOnlyMemory<char>> names) => input.GetKeyValues(ref names)
            : null;

    /// <summary>For each slot of a column, its name (or its index in brackets), a dot, and each of the given names.</summary>
    public static VBuffer<ReadOnlyMemory<char>> Combine(DataViewSchema.Column input, ReadOnlyMemory<char>[] names)
    {
        var slots = input.SlotNamesOrEmpty();
        var combined = new ReadOnlyMemory<char>[slots.Length * names.Length];
        int next = 0;
        foreach (var (index, slot) in slots.Items(all: true))
        {
            string prefix = slot.IsEmpty ? $"[{index}]" : slot.ToString();
            foreach (var name in names)
                combined[next++] = $"{prefix}.{name}".AsMemory();
        }
        return new VBuffer<ReadOnlyMemory<char>>(combined.Length, combined);
    }

    /// <summary>The count of the keys of a column; throws the documented error where it has no keys.</summary>
    public static int CheckedKeyCount(DataViewSchema.Column input)
    {
        if (input.Type.ItemTypeOrSelf() is not KeyDataViewType key)
            throw Contracts.ExceptSchemaMismatch("inputSchema", "input", input.Name, "key type of known cardinality", input.Type.ToString());
        Contracts.Check(key.Count <= int.MaxValue, $"The key type of column '{input.Name}' has {key.Count} values; a vector can have at most {int.MaxValue} slots.");
        return (int)key.Count;
    }

    /// <summary>The keys of a scalar column.</summary>
    public static ValueGetter<uint> Keys(DataViewRow row, DataViewSchema.Column input) =>
        ConvertingGetters.Scalar<uint>(row, input, NumberDataViewType.UInt32);

    /// <summary>The keys of a vector column.</summary>
    public static ValueGetter<VBuffer<uint>> KeyVectors(DataViewRow row, DataViewSchema.Column input) =>
        ConvertingGetters.Vector<uint>(row, input, NumberDataViewType.UInt32);
}
