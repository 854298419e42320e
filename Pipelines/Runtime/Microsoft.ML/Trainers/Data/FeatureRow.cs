using Microsoft.ML.Data;
using Microsoft.ML.Internal;

namespace Microsoft.ML.Trainers;

/// <summary>The features of one example, dense or sparse as they came.</summary>
/// <param name="values">The explicit values.</param>
/// <param name="indices">Where they stand; empty for a dense row.</param>
/// <param name="length">The number of features.</param>
internal readonly ref struct FeatureRow(ReadOnlySpan<float> values, ReadOnlySpan<int> indices, int length)
{
    public readonly ReadOnlySpan<float> Values = values;

    public readonly ReadOnlySpan<int> Indices = indices;

    public readonly int Length = length;

    public bool IsDense => Values.Length == Length;

    /// <summary>The product with a dense vector.</summary>
    public float Dot(ReadOnlySpan<float> dense) =>
        IsDense ? VectorMath.Dot(dense, Values) : VectorMath.Dot(dense, Values, Indices);

    /// <summary>destination += scale · this</summary>
    public void AddTo(float scale, Span<float> destination)
    {
        if (scale == 0 || Values.IsEmpty)
            return;
        if (IsDense)
            VectorMath.AddMult(scale, Values, destination);
        else
            VectorMath.AddMult(scale, Values, Indices, destination);
    }

    public void CopyTo(ref VBuffer<float> destination)
    {
        var editor = VBufferEditor.Create(ref destination, Length, Values.Length);
        Values.CopyTo(editor.Values);
        if (!IsDense)
            Indices.CopyTo(editor.Indices);
        destination = editor.Commit();
    }

    public float NormSquared() => VectorMath.SumSq(Values);
}
