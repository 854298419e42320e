using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms.Text;

/// <summary>Reads vectors of keys of any unsigned type as tokens.</summary>
internal static class KeyVectors
{
    public static bool IsValid(DataViewType type) => type is VectorDataViewType { ItemType: KeyDataViewType };

    public static bool IsValid(SchemaShape.Column column) =>
        column.Kind != SchemaShape.Column.VectorKind.Scalar && column.IsKey && column.ItemType.RawType != typeof(ulong);

    public static uint LargestKey(DataViewSchema.Column column) =>
        (uint)Math.Min(uint.MaxValue, column.Type.ItemTypeOrSelf().KeyCountOrZero());

    /// <summary>An action that adds the keys of the current row to <paramref name="tokens"/>, those out of range as missing.</summary>
    public static Action MakeReader(DataViewRow row, DataViewSchema.Column column, TokenBuffer tokens)
    {
        uint largest = LargestKey(column);
        return column.Type.ItemTypeOrSelf().RawType switch
        {
            var type when type == typeof(byte) => MakeReader<byte>(row, column, tokens, key => key <= largest ? key : 0u),
            var type when type == typeof(ushort) => MakeReader<ushort>(row, column, tokens, key => key <= largest ? key : 0u),
            var type when type == typeof(uint) => MakeReader<uint>(row, column, tokens, key => key <= largest ? key : 0),
            _ => MakeReader<ulong>(row, column, tokens, key => key <= largest ? (uint)key : 0),
        };
    }

    private static Action MakeReader<TKey>(DataViewRow row, DataViewSchema.Column column, TokenBuffer tokens, Func<TKey, uint> toToken)
    {
        var getter = row.GetGetter<VBuffer<TKey>>(column);
        VBuffer<TKey> keys = default;
        return () =>
        {
            getter(ref keys);
            var target = tokens.Extend(keys.Length);
            var values = keys.GetValues();
            if (keys.IsDense)
            {
                for (int i = 0; i < values.Length; i++)
                    target[i] = toToken(values[i]);
                return;
            }
            target.Clear();
            var indices = keys.GetIndices();
            for (int i = 0; i < values.Length; i++)
                target[indices[i]] = toToken(values[i]);
        };
    }
}
