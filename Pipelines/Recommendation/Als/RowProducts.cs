namespace MLPipelines.Recommendation;

/// <summary>Products of rows, gathered from a matrix, with a vector, and weighted sums of them.</summary>
internal static unsafe class RowProducts<TVector, TRegister>
    where TVector : struct
    where TRegister : struct, IRegister<TVector>
{
    /// <summary>products[i] = row i * vector.</summary>
    /// <param name="rows">Where the rows stand.</param>
    /// <param name="count">How many; products has room for three more.</param>
    /// <param name="vector">The vector.</param>
    /// <param name="length">Its length, in whole registers.</param>
    /// <param name="products">Receives the products.</param>
    public static void Dots(float** rows, int count, float* vector, int length, float* products)
    {
        for (int i = 0; i < count; i += 4)
        {
            // Beyond the last row it is taken again.
            float* r0 = rows[i], r1 = rows[Math.Min(i + 1, count - 1)], r2 = rows[Math.Min(i + 2, count - 1)], r3 = rows[Math.Min(i + 3, count - 1)];
            TVector a = default, b = default, c = default, d = default;
            for (int j = 0; j < length; j += TRegister.Count)
            {
                var x = TRegister.Load(vector + j);
                a = TRegister.MultiplyAdd(x, TRegister.Load(r0 + j), a);
                b = TRegister.MultiplyAdd(x, TRegister.Load(r1 + j), b);
                c = TRegister.MultiplyAdd(x, TRegister.Load(r2 + j), c);
                d = TRegister.MultiplyAdd(x, TRegister.Load(r3 + j), d);
            }
            System.Runtime.Intrinsics.Vector128.Store(TRegister.Sums(a, b, c, d), products + i);
        }
    }

    /// <summary>sum += the sum over i of factors[i] * row i.</summary>
    /// <param name="rows">Where the rows stand.</param>
    /// <param name="count">How many.</param>
    /// <param name="factors">What each is multiplied by.</param>
    /// <param name="length">The length of a row, in whole registers.</param>
    /// <param name="sum">What is added to.</param>
    public static void AddSum(float** rows, int count, float* factors, int length, float* sum)
    {
        int w = TRegister.Count;
        int start = 0;
        for (; start + 4 * w <= length; start += 4 * w)
        {
            float* to = sum + start;
            TVector a = TRegister.Load(to), b = TRegister.Load(to + w), c = TRegister.Load(to + 2 * w), d = TRegister.Load(to + 3 * w);
            TVector e = default, f = default, g = default, h = default;
            int i = 0;
            // Two rows at once: with one, each product would wait for the one before.
            for (; i + 2 <= count; i += 2)
            {
                float* first = rows[i] + start, second = rows[i + 1] + start;
                var x = TRegister.Broadcast(factors[i]);
                var y = TRegister.Broadcast(factors[i + 1]);
                a = TRegister.MultiplyAdd(x, TRegister.Load(first), a);
                b = TRegister.MultiplyAdd(x, TRegister.Load(first + w), b);
                c = TRegister.MultiplyAdd(x, TRegister.Load(first + 2 * w), c);
                d = TRegister.MultiplyAdd(x, TRegister.Load(first + 3 * w), d);
                e = TRegister.MultiplyAdd(y, TRegister.Load(second), e);
                f = TRegister.MultiplyAdd(y, TRegister.Load(second + w), f);
                g = TRegister.MultiplyAdd(y, TRegister.Load(second + 2 * w), g);
                h = TRegister.MultiplyAdd(y, TRegister.Load(second + 3 * w), h);
            }
            if (i < count)
            {
                float* first = rows[i] + start;
                var x = TRegister.Broadcast(factors[i]);
                a = TRegister.MultiplyAdd(x, TRegister.Load(first), a);
                b = TRegister.MultiplyAdd(x, TRegister.Load(first + w), b);
                c = TRegister.MultiplyAdd(x, TRegister.Load(first + 2 * w), c);
                d = TRegister.MultiplyAdd(x, TRegister.Load(first + 3 * w), d);
            }
            TRegister.Store(TRegister.Add(a, e), to);
            TRegister.Store(TRegister.Add(b, f), to + w);
            TRegister.Store(TRegister.Add(c, g), to + 2 * w);
            TRegister.Store(TRegister.Add(d, h), to + 3 * w);
        }
        for (; start < length; start += w)
        {
            TVector a = TRegister.Load(sum + start), b = default;
            int i = 0;
            for (; i + 2 <= count; i += 2)
            {
                a = TRegister.MultiplyAdd(TRegister.Broadcast(factors[i]), TRegister.Load(rows[i] + start), a);
                b = TRegister.MultiplyAdd(TRegister.Broadcast(factors[i + 1]), TRegister.Load(rows[i + 1] + start), b);
            }
            if (i < count)
                a = TRegister.MultiplyAdd(TRegister.Broadcast(factors[i]), TRegister.Load(rows[i] + start), a);
            TRegister.Store(TRegister.Add(a, b), sum + start);
        }
    }
}
