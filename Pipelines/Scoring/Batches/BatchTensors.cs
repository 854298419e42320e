using System.Numerics;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace MLPipelines.Scoring;

/// <summary>Makes the tensors of a batch, straight in ONNX Runtime's memory.</summary>
internal static class BatchTensors
{
    /// <param name="input">Which input.</param>
    /// <param name="rows">The rows of the batch.</param>
    /// <param name="batch">The number of rows that the model gets; what is beyond those given is filled up.</param>
    /// <param name="sizes">The size of each axis in this batch.</param>
    public static OrtValue Make(PlannedInput input, OnnxRow[] rows, long batch, long[] sizes) =>
        ElementTypes.Dispatch(input.Type, new Maker(input, rows, batch, sizes), () => ScoringErrors.UnsupportedType(input.Input.Name, input.Type));

    public static long[] Shape(PlannedSize[] planned, long[] sizes) => Array.ConvertAll(planned, size => size.Varies ? sizes[size.Axis] : size.Size);

    private sealed class Maker(PlannedInput input, OnnxRow[] rows, long batch, long[] sizes) : ITypeAction<OrtValue>
    {
        private readonly long[] _rowShape = Shape(input.Sizes, sizes);

        public OrtValue Number<T>() where T : unmanaged, INumberBase<T> => MakeValues(T.CreateSaturating(input.Input.PadValue ?? 0), T.One);

        public OrtValue Truth() => MakeValues(input.Input.PadValue is not (null or 0), true);

        public OrtValue Text()
        {
            var texts = new string[batch * BlockCopy.Count(_rowShape)];
            Array.Fill(texts, "");
            Fill<string>(texts, "");
            var value = OrtValue.CreateTensorWithEmptyStrings(OrtAllocator.DefaultInstance, [batch, .. _rowShape]);
            for (int i = 0; i < texts.Length; i++)
                value.StringTensorSetElementAt(texts[i].AsSpan(), i);
            return value;
        }

        private OrtValue MakeValues<T>(T fill, T one) where T : unmanaged
        {
            var value = OnnxTensors.Allocate(input.Type, [batch, .. _rowShape]);
            var elements = OnnxTensors.Elements<T>(value);
            elements.Fill(input.Input.Kind == OnnxInputKind.Mask ? default : fill);
            if (input.Input.Kind != OnnxInputKind.Constant)
                Fill(elements, one);
            return value;
        }

        private void Fill<T>(Span<T> elements, T one)
        {
            int step = (int)BlockCopy.Count(_rowShape);
            for (int i = 0; i < rows.Length; i++)
            {
                long[] own = Shape(input.Sizes, rows[i].Sizes);
                var target = elements.Slice(i * step, step);
                if (input.Column >= 0)
                {
                    BlockCopy.Copy<T>((T[])rows[i].Values[input.Column], own, target, _rowShape);
                    continue;
                }
                var ones = new T[BlockCopy.Count(own)];
                Array.Fill(ones, one);
                BlockCopy.Copy<T>(ones, own, target, _rowShape);
            }
        }
    }
}
