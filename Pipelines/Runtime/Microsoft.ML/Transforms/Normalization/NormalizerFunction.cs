using System.Numerics;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms;

/// <summary>Normalizes the values of a column by what was learnt.</summary>
internal abstract class NormalizerFunction
{
    private protected enum Kind : byte
    {
        Affine = 1,
        Cdf = 2,
        Bin = 3,
    }

    public abstract NormalizingTransformer.NormalizerModelParametersBase Parameters { get; }

    public abstract Delegate MakeGetter(DataViewRow row, DataViewSchema.Column input);

    public abstract void Save(BinaryWriter writer);

    public static NormalizerFunction Load(BinaryReader reader, DataViewType type) =>
        type.ItemTypeOrSelf() == NumberDataViewType.Single ? Load<float>(reader, type) : Load<double>(reader, type);

    private static NormalizerFunction Load<T>(BinaryReader reader, DataViewType type) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        bool isVector = type is VectorDataViewType;
        int size = type.ValueCount();
        var kind = (Kind)reader.ReadByte();
        return kind switch
        {
            Kind.Affine => AffineFunction<T>.LoadCore(reader, isVector, size),
            Kind.Cdf => CdfFunction<T>.LoadCore(reader, isVector, size),
            Kind.Bin => BinFunction<T>.LoadCore(reader, isVector, size),
            _ => throw Contracts.ExceptDecode($"The model holds a normalizer of the unknown kind {(byte)kind}."),
        };
    }

    private protected static T[] ReadSlots<T>(BinaryReader reader, int size) where T : unmanaged
    {
        var slots = reader.ReadArray<T>();
        Contracts.CheckDecode(slots.Length == size);
        return slots;
    }
}

/// <inheritdoc cref="NormalizerFunction"/>
/// <param name="isVector">Whether the column holds vectors; a scalar has one slot.</param>
/// <param name="size">The number of slots.</param>
internal abstract class NormalizerFunction<T>(bool isVector, int size) : NormalizerFunction where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    protected bool IsVector { get; } = isVector;

    protected int Size { get; } = size;

    protected abstract T Normalize(T value, int slot);

    /// <summary>Normalizes each slot. What a sparse vector leaves out is taken to stay zero.</summary>
    protected virtual void Normalize(in VBuffer<T> values, ref VBuffer<T> destination)
    {
        var source = values.GetValues();
        if (values.IsDense)
        {
            var dense = VBufferEditor.Create(ref destination, Size);
            int zeros = 0;
            for (int i = 0; i < source.Length; i++)
            {
                // Zeros become positive.
                T normalized = Normalize(source[i], i) + T.Zero;
                zeros += T.IsZero(normalized) ? 1 : 0;
                dense.Values[i] = normalized;
            }
            destination = dense.Commit();
            if (!DensityRule.IsDense(Size, Size - zeros))
                DensityRule.Sparsify(ref destination, Size - zeros);
            return;
        }
        var indices = values.GetIndices();
        var editor = VBufferEditor.Create(ref destination, Size, source.Length, requireIndicesOnDense: true);
        int count = 0;
        for (int i = 0; i < source.Length; i++)
        {
            T normalized = Normalize(source[i], indices[i]);
            if (T.IsZero(normalized))
                continue;
            editor.Values[count] = normalized;
            editor.Indices[count++] = indices[i];
        }
        destination = editor.CommitTruncated(count);
        if (DensityRule.IsDense(Size, count))
            DensityRule.Densify(ref destination);
    }

    public override Delegate MakeGetter(DataViewRow row, DataViewSchema.Column input)
    {
        if (!IsVector)
        {
            var scalar = row.GetGetter<T>(input);
            return (ValueGetter<T>)((ref T value) =>
            {
                scalar(ref value);
                value = Normalize(value, 0);
            });
        }
        var vector = row.GetGetter<VBuffer<T>>(input);
        VBuffer<T> buffer = default;
        return (ValueGetter<VBuffer<T>>)((ref VBuffer<T> destination) =>
        {
            vector(ref buffer);
            if (buffer.Length != Size)
                throw Contracts.Except($"Normalizer expected {Size} slots but got {buffer.Length}");
            Normalize(in buffer, ref destination);
        });
    }
}
