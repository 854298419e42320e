using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace MLPipelines.Generation;

/// <summary>Numerics over the logits of a vocabulary, with the widest vectors that the processor has.</summary>
internal static class Vocabulary
{
    /// <summary>log Σ exp(x). NaN and +∞ among the logits come out as such.</summary>
    /// <param name="logits">At least one.</param>
    /// <param name="scratch">As long as they are.</param>
    public static float LogSumExp(ReadOnlySpan<float> logits, Span<float> scratch)
    {
        float most = TensorPrimitives.Max(logits);
        if (!float.IsFinite(most))
            return most;
        scratch = scratch[..logits.Length];
        TensorPrimitives.Subtract(logits, most, scratch);
        TensorPrimitives.Exp(scratch, scratch);
        return most + MathF.Log(TensorPrimitives.Sum(scratch));
    }

    /// <summary>Probabilities of logits, some of which may be -∞.</summary>
    public static void SoftMax(ReadOnlySpan<float> logits, Span<float> probabilities)
    {
        probabilities = probabilities[..logits.Length];
        TensorPrimitives.Subtract(logits, TensorPrimitives.Max(logits), probabilities);
        TensorPrimitives.Exp(probabilities, probabilities);
        TensorPrimitives.Divide(probabilities, TensorPrimitives.Sum(probabilities), probabilities);
    }

    /// <summary>The largest values in falling order, the first of equal ones first.</summary>
    /// <param name="values">Any; NaN counts as least.</param>
    /// <param name="indices">Where they are; its length is how many are wanted.</param>
    /// <param name="top">The values themselves; as long as <paramref name="indices"/>.</param>
    /// <returns>How many there are: all that were wanted, or all values.</returns>
    public static int Largest(ReadOnlySpan<float> values, Span<int> indices, Span<float> top)
    {
        int wanted = Math.Min(indices.Length, values.Length);
        if (wanted == 0)
            return 0;
        int found = 0, next = 0;
        for (; found < wanted; next++)
            Insert(values[next], next, indices, top, ref found, wanted);
        if (Vector.IsHardwareAccelerated)
        {
            var vectors = MemoryMarshal.Cast<float, Vector<float>>(values[next..]);
            var least = new Vector<float>(top[wanted - 1]);
            for (int v = 0; v < vectors.Length; v++)
            {
                if (!Vector.GreaterThanAny(vectors[v], least))
                    continue;
                int start = next + v * Vector<float>.Count;
                for (int i = start; i < start + Vector<float>.Count; i++)
                {
                    if (values[i] > top[wanted - 1])
                        Insert(values[i], i, indices, top, ref found, wanted);
                }
                least = new Vector<float>(top[wanted - 1]);
            }
            next += vectors.Length * Vector<float>.Count;
        }
        for (; next < values.Length; next++)
        {
            if (values[next] > top[wanted - 1])
                Insert(values[next], next, indices, top, ref found, wanted);
        }
        return found;
    }

    /// <summary>The value that <paramref name="count"/> values are at least as large as, or fewer where the values end.</summary>
    public static float LargestAt(ReadOnlySpan<float> values, int count)
    {
        count = Math.Min(count, values.Length);
        if (count <= 256)
        {
            Span<int> indices = stackalloc int[count];
            Span<float> top = stackalloc float[count];
            Largest(values, indices, top);
            return top[count - 1];
        }
        var sorted = values.ToArray();
        Array.Sort(sorted);
        return sorted[^count];
    }

    private static void Insert(float value, int index, Span<int> indices, Span<float> top, ref int found, int wanted)
    {
        if (float.IsNaN(value))
            value = float.NegativeInfinity;
        int at = found < wanted ? found++ : wanted - 1;
        for (; at > 0 && top[at - 1] < value; at--)
        {
            top[at] = top[at - 1];
            indices[at] = indices[at - 1];
        }
        top[at] = value;
        indices[at] = index;
    }
}
