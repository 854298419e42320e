using System.Collections.Immutable;
using System.Numerics;
using System.Numerics.Tensors;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms;

/// <summary>(value − offset) · scale, slot by slot.</summary>
internal sealed class AffineFunction<T> : NormalizerFunction<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly T[] _scale;
    private readonly T[] _offset;

    /// <param name="isVector">Whether the column holds vectors.</param>
    /// <param name="scale">The scale of each slot.</param>
    /// <param name="offset">The offset of each slot; all zero is the same as null.</param>
    public AffineFunction(bool isVector, T[] scale, T[] offset) : base(isVector, scale.Length)
    {
        _scale = scale;
        _offset = offset != null && Array.Exists(offset, item => !T.IsZero(item)) ? offset : null;
    }

    public override NormalizingTransformer.NormalizerModelParametersBase Parameters => IsVector
        ? new NormalizingTransformer.AffineNormalizerModelParameters<ImmutableArray<T>>([.. _scale], _offset == null ? [] : [.. _offset])
        : new NormalizingTransformer.AffineNormalizerModelParameters<T>(_scale[0], _offset == null ? T.Zero : _offset[0]);

    internal static AffineFunction<T> LoadCore(BinaryReader reader, bool isVector, int size)
    {
        var scale = ReadSlots<T>(reader, size);
        return new AffineFunction<T>(isVector, scale, reader.ReadBoolean() ? ReadSlots<T>(reader, size) : null);
    }

    public override void Save(BinaryWriter writer)
    {
        writer.Write((byte)Kind.Affine);
        writer.WriteArray<T>(_scale);
        writer.Write(_offset != null);
        if (_offset != null)
            writer.WriteArray<T>(_offset);
    }

    protected override T Normalize(T value, int slot) => (value - (_offset == null ? T.Zero : _offset[slot])) * _scale[slot];

    protected override void Normalize(in VBuffer<T> values, ref VBuffer<T> destination)
    {
        if (!values.IsDense && _offset == null)
        {
            base.Normalize(in values, ref destination);
            return;
        }
        var editor = VBufferEditor.Create(ref destination, Size);
        values.CopyTo(editor.Values);
        if (_offset != null)
            TensorPrimitives.Subtract(editor.Values, _offset, editor.Values);
        TensorPrimitives.Multiply(editor.Values, _scale, editor.Values);
        // Zeros become positive.
        TensorPrimitives.Add(editor.Values, T.Zero, editor.Values);
        int count = Size - editor.Values.Count(T.Zero);
        destination = editor.Commit();
        if (!DensityRule.IsDense(Size, count))
            DensityRule.Sparsify(ref destination, count);
    }
}
