using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace MLPipelines.Generation;

/// <summary>Numerics over the logits of a vocabulary, with the widest vectors that the processor has.</summary>
internal static class Vocabulary
{
    private const int Lanes = 16;

    /// <summary>log Σ exp(x), to about 1e-7 of it. NaN and +∞ among the logits come out as such.</summary>
    /// <param name="logits">At least one; those of -∞ count nothing.</param>
    public static float LogSumExp(ReadOnlySpan<float> logits)
    {
        float most = Most(logits);
        return float.IsFinite(most) ? most + MathF.Log(SumOfExponentials(logits, most, [])) : most;
    }

    /// <summary>Probabilities of logits, some of which may be -∞.</summary>
    public static void SoftMax(ReadOnlySpan<float> logits, Span<float> probabilities)
    {
        probabilities = probabilities[..logits.Length];
        TensorPrimitives.Divide(probabilities, SumOfExponentials(logits, Most(logits), probabilities), probabilities);
    }

    /// <summary>The first of the largest values; none of them may be NaN.</summary>
    /// <returns>Its index; -1 where there are no values.</returns>
    public static int IndexOfMost(ReadOnlySpan<float> values)
    {
        if (values.IsEmpty)
            return -1;
        float most = Most(values);
        var vectors = MemoryMarshal.Cast<float, Vector512<float>>(values);
        var wanted = Vector512.Create(most);
        int start = 0;
        while (start < vectors.Length && !Vector512.EqualsAny(vectors[start], wanted))
            start++;
        return start * Lanes + values[(start * Lanes)..].IndexOf(most);
    }

    // Without NaN the largest value; where there are some, they may be passed over.
    private static float Most(ReadOnlySpan<float> values)
    {
        var vectors = MemoryMarshal.Cast<float, Vector512<float>>(values);
        float most = float.NegativeInfinity;
        if (vectors.Length > 0)
        {
            // Several at a time, so that none waits for the one before.
            Vector512<float> a = vectors[0], b = a, c = a, d = a;
            int i = 1;
            for (; i + 3 < vectors.Length; i += 4)
            {
                a = Vector512.MaxNative(a, vectors[i]);
                b = Vector512.MaxNative(b, vectors[i + 1]);
                c = Vector512.MaxNative(c, vectors[i + 2]);
                d = Vector512.MaxNative(d, vectors[i + 3]);
            }
            for (; i < vectors.Length; i++)
                a = Vector512.MaxNative(a, vectors[i]);
            a = Vector512.MaxNative(Vector512.MaxNative(a, b), Vector512.MaxNative(c, d));
            for (i = 0; i < Lanes; i++)
                most = MathF.Max(most, a[i]);
        }
        foreach (float value in values[(vectors.Length * Lanes)..])
            most = MathF.Max(most, value);
        return most;
    }

    /// <param name="logits">Any.</param>
    /// <param name="most">The largest of them.</param>
    /// <param name="exponentials">exp(x - most) of each; empty where they are not wanted.</param>
    /// <returns>Σ exp(x - most).</returns>
    private static float SumOfExponentials(ReadOnlySpan<float> logits, float most, Span<float> exponentials)
    {
        var vectors = MemoryMarshal.Cast<float, Vector512<float>>(logits);
        var shift = Vector512.Create(most);
        var sums = Vector512<float>.Zero;
        bool isKept = exponentials.Length > 0;
        for (int i = 0; i < vectors.Length; i++)
        {
            var values = Exponential(vectors[i] - shift);
            sums += values;
            if (isKept)
                values.CopyTo(exponentials[(i * Lanes)..]);
        }
        float sum = Vector512.Sum(sums);
        for (int i = vectors.Length * Lanes; i < logits.Length; i++)
        {
            float value = MathF.Exp(logits[i] - most);
            sum += value;
            if (isKept)
                exponentials[i] = value;
        }
        return sum;
    }

    /// <summary>exp(x) of numbers up to 0, to two units in the last place: 2ⁿ · exp(r), where r is within half of ln 2 (Cody and Waite 1980), as a polynomial (Cephes).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Exponential(Vector512<float> x)
    {
        // What is below is nothing beside 1. NaN passes: it is the second operand.
        var bounded = Vector512.MaxNative(Vector512.Create(-87f), x);
        var n = Vector512.Round(bounded * Vector512.Create(1.44269504f));
        var r = Vector512.FusedMultiplyAdd(n, Vector512.Create(-0.693359375f), bounded);
        r = Vector512.FusedMultiplyAdd(n, Vector512.Create(2.12194440e-4f), r);
        var p = Vector512.Create(1.9875691500e-4f);
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(1.3981999507e-3f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(8.3334519073e-3f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(4.1665795894e-2f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(1.6666665459e-1f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(5.0000001201e-1f));
        p = Vector512.FusedMultiplyAdd(p, r * r, r + Vector512<float>.One);
        return Vector512.ConditionalSelect(
            Vector512.LessThan(x, Vector512.Create(-87f)), Vector512<float>.Zero, (p.AsInt32() + (Vector512.ConvertToInt32Native(n) << 23)).AsSingle());
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
