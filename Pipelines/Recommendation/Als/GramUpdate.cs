namespace MLPipelines.Recommendation;

/// <summary>Sums of products of rows with themselves: the symmetric updates that most of the time of exact solves goes to.</summary>
internal static unsafe class GramUpdate<TVector, TRegister>
    where TVector : struct
    where TRegister : struct, IRegister<TVector>
{
    /// <summary>target = source + panel' * panel, on and above the diagonal; below it, numbers within the diagonal's registers are finite but undefined.</summary>
    /// <param name="source">A square matrix; may be the target.</param>
    /// <param name="target">A square matrix.</param>
    /// <param name="order">How many rows and columns count.</param>
    /// <param name="stride">From one row to the next, of both matrices and the panel.</param>
    /// <param name="panel">The rows.</param>
    /// <param name="rows">How many; best as many as fit into the first cache.</param>
    public static void Add(float* source, float* target, int order, int stride, float* panel, int rows)
    {
        int width = TRegister.Count;
        int end = (order + width - 1) / width * width;
        for (int i = 0; i < order; i += 4)
        {
            int j = i / width * width;
            while (j < end)
            {
                float* from = source + (long)i * stride + j;
                float* to = target + (long)i * stride + j;
                int left = (end - j) / width;
                if (left is 3 or > 4)
                {
                    Three(from, to, stride, panel + i, panel + j, rows);
                    j += 3 * width;
                }
                else if (left >= 2)
                {
                    Two(from, to, stride, panel + i, panel + j, rows);
                    j += 2 * width;
                }
                else
                {
                    One(from, to, stride, panel + i, panel + j, rows);
                    j += width;
                }
            }
        }
    }

    // Four rows of the matrix by three registers: as many products under way as the processor can start, and what they need fits into 16 registers.
    private static void Three(float* source, float* target, int stride, float* left, float* right, int rows)
    {
        int w = TRegister.Count;
        float* s1 = source + stride, s2 = s1 + stride, s3 = s2 + stride;
        TVector a0 = TRegister.Load(source), a1 = TRegister.Load(source + w), a2 = TRegister.Load(source + 2 * w);
        TVector b0 = TRegister.Load(s1), b1 = TRegister.Load(s1 + w), b2 = TRegister.Load(s1 + 2 * w);
        TVector c0 = TRegister.Load(s2), c1 = TRegister.Load(s2 + w), c2 = TRegister.Load(s2 + 2 * w);
        TVector d0 = TRegister.Load(s3), d1 = TRegister.Load(s3 + w), d2 = TRegister.Load(s3 + 2 * w);
        for (int k = 0; k < rows; k++)
        {
            TVector r0 = TRegister.Load(right), r1 = TRegister.Load(right + w), r2 = TRegister.Load(right + 2 * w);
            var x = TRegister.Broadcast(left[0]);
            a0 = TRegister.MultiplyAdd(x, r0, a0);
            a1 = TRegister.MultiplyAdd(x, r1, a1);
            a2 = TRegister.MultiplyAdd(x, r2, a2);
            x = TRegister.Broadcast(left[1]);
            b0 = TRegister.MultiplyAdd(x, r0, b0);
            b1 = TRegister.MultiplyAdd(x, r1, b1);
            b2 = TRegister.MultiplyAdd(x, r2, b2);
            x = TRegister.Broadcast(left[2]);
            c0 = TRegister.MultiplyAdd(x, r0, c0);
            c1 = TRegister.MultiplyAdd(x, r1, c1);
            c2 = TRegister.MultiplyAdd(x, r2, c2);
            x = TRegister.Broadcast(left[3]);
            d0 = TRegister.MultiplyAdd(x, r0, d0);
            d1 = TRegister.MultiplyAdd(x, r1, d1);
            d2 = TRegister.MultiplyAdd(x, r2, d2);
            left += stride;
            right += stride;
        }
        float* t1 = target + stride, t2 = t1 + stride, t3 = t2 + stride;
        TRegister.Store(a0, target);
        TRegister.Store(a1, target + w);
        TRegister.Store(a2, target + 2 * w);
        TRegister.Store(b0, t1);
        TRegister.Store(b1, t1 + w);
        TRegister.Store(b2, t1 + 2 * w);
        TRegister.Store(c0, t2);
        TRegister.Store(c1, t2 + w);
        TRegister.Store(c2, t2 + 2 * w);
        TRegister.Store(d0, t3);
        TRegister.Store(d1, t3 + w);
        TRegister.Store(d2, t3 + 2 * w);
    }

    private static void Two(float* source, float* target, int stride, float* left, float* right, int rows)
    {
        int w = TRegister.Count;
        float* s1 = source + stride, s2 = s1 + stride, s3 = s2 + stride;
        TVector a0 = TRegister.Load(source), a1 = TRegister.Load(source + w);
        TVector b0 = TRegister.Load(s1), b1 = TRegister.Load(s1 + w);
        TVector c0 = TRegister.Load(s2), c1 = TRegister.Load(s2 + w);
        TVector d0 = TRegister.Load(s3), d1 = TRegister.Load(s3 + w);
        for (int k = 0; k < rows; k++)
        {
            TVector r0 = TRegister.Load(right), r1 = TRegister.Load(right + w);
            var x = TRegister.Broadcast(left[0]);
            a0 = TRegister.MultiplyAdd(x, r0, a0);
            a1 = TRegister.MultiplyAdd(x, r1, a1);
            x = TRegister.Broadcast(left[1]);
            b0 = TRegister.MultiplyAdd(x, r0, b0);
            b1 = TRegister.MultiplyAdd(x, r1, b1);
            x = TRegister.Broadcast(left[2]);
            c0 = TRegister.MultiplyAdd(x, r0, c0);
            c1 = TRegister.MultiplyAdd(x, r1, c1);
            x = TRegister.Broadcast(left[3]);
            d0 = TRegister.MultiplyAdd(x, r0, d0);
            d1 = TRegister.MultiplyAdd(x, r1, d1);
            left += stride;
            right += stride;
        }
        float* t1 = target + stride, t2 = t1 + stride, t3 = t2 + stride;
        TRegister.Store(a0, target);
        TRegister.Store(a1, target + w);
        TRegister.Store(b0, t1);
        TRegister.Store(b1, t1 + w);
        TRegister.Store(c0, t2);
        TRegister.Store(c1, t2 + w);
        TRegister.Store(d0, t3);
        TRegister.Store(d1, t3 + w);
    }

    // Two rows of the panel at once: with one, each product would wait for the one before.
    private static void One(float* source, float* target, int stride, float* left, float* right, int rows)
    {
        TVector a0 = TRegister.Load(source), b0 = TRegister.Load(source + stride), c0 = TRegister.Load(source + 2 * stride), d0 = TRegister.Load(source + 3 * stride);
        TVector a1 = default, b1 = default, c1 = default, d1 = default;
        int k = 0;
        for (; k + 2 <= rows; k += 2)
        {
            TVector r0 = TRegister.Load(right), r1 = TRegister.Load(right + stride);
            a0 = TRegister.MultiplyAdd(TRegister.Broadcast(left[0]), r0, a0);
            b0 = TRegister.MultiplyAdd(TRegister.Broadcast(left[1]), r0, b0);
            c0 = TRegister.MultiplyAdd(TRegister.Broadcast(left[2]), r0, c0);
            d0 = TRegister.MultiplyAdd(TRegister.Broadcast(left[3]), r0, d0);
            a1 = TRegister.MultiplyAdd(TRegister.Broadcast(left[stride]), r1, a1);
            b1 = TRegister.MultiplyAdd(TRegister.Broadcast(left[stride + 1]), r1, b1);
            c1 = TRegister.MultiplyAdd(TRegister.Broadcast(left[stride + 2]), r1, c1);
            d1 = TRegister.MultiplyAdd(TRegister.Broadcast(left[stride + 3]), r1, d1);
            left += 2 * stride;
            right += 2 * stride;
        }
        if (k < rows)
        {
            var r0 = TRegister.Load(right);
            a0 = TRegister.MultiplyAdd(TRegister.Broadcast(left[0]), r0, a0);
            b0 = TRegister.MultiplyAdd(TRegister.Broadcast(left[1]), r0, b0);
            c0 = TRegister.MultiplyAdd(TRegister.Broadcast(left[2]), r0, c0);
            d0 = TRegister.MultiplyAdd(TRegister.Broadcast(left[3]), r0, d0);
        }
        TRegister.Store(TRegister.Add(a0, a1), target);
        TRegister.Store(TRegister.Add(b0, b1), target + stride);
        TRegister.Store(TRegister.Add(c0, c1), target + 2 * stride);
        TRegister.Store(TRegister.Add(d0, d1), target + 3 * stride);
    }
}
