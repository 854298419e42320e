using System.Numerics;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace MLPipelines.Scoring;

/// <summary>Takes a batch's output apart into rows; what was filled up is left out where the output follows an axis of the inputs.</summary>
internal static class BatchResults
{
    public static Array[] Split(string where, PlannedOutput output, OrtValue value, OnnxRow[] rows, long batch)
    {
        var info = value.GetTensorTypeAndShape();
        long[] shape = info.Shape;
        if (shape.Length != output.Sizes.Length + 1 || shape[0] != batch)
            throw ScoringErrors.OutputShape(where, output.Output.Name, shape, batch);
        var type = info.ElementDataType;
        if (type is TensorElementType.Float16 or TensorElementType.BFloat16)
            return Slice<float>(output, OnnxTensors.ToFloats(value), shape, rows);
        return ElementTypes.Dispatch(type, new Splitter(output, value, shape, rows), () => ScoringErrors.UnsupportedType(output.Output.Name, type));
    }

    private static Array[] Slice<T>(PlannedOutput output, ReadOnlySpan<T> elements, long[] shape, OnnxRow[] rows)
    {
        var rowShape = shape.AsSpan(1);
        int step = (int)BlockCopy.Count(rowShape);
        var slices = new Array[rows.Length];
        long[] own = rowShape.ToArray();
        for (int i = 0; i < slices.Length; i++)
        {
            for (int axis = 0; axis < own.Length; axis++)
            {
                if (output.Sizes[axis].Varies)
                    own[axis] = Math.Min(rowShape[axis], rows[i].Sizes[output.Sizes[axis].Axis]);
            }
            var slice = new T[BlockCopy.Count(own)];
            BlockCopy.Copy(elements.Slice(i * step, step), rowShape, slice, own);
            slices[i] = slice;
        }
        return slices;
    }

    private sealed class Splitter(PlannedOutput output, OrtValue value, long[] shape, OnnxRow[] rows) : ITypeAction<Array[]>
    {
        public Array[] Number<T>() where T : unmanaged, INumberBase<T> => Slice<T>(output, OnnxTensors.Elements<T>(value), shape, rows);

        public Array[] Truth() => Slice<bool>(output, OnnxTensors.Elements<bool>(value), shape, rows);

        public Array[] Text() => Slice<ReadOnlyMemory<char>>(output, Array.ConvertAll(value.GetStringTensorAsArray(), text => text.AsMemory()), shape, rows);
    }
}
