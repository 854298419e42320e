namespace MLPipelines.Recommendation;

/// <summary>Solves symmetric positive definite systems by Cholesky's factorisation A = U'U, rows of U one register after another.</summary>
internal static unsafe class CholeskySystem<TVector, TRegister>
    where TVector : struct
    where TRegister : struct, IRegister<TVector>
{
    // So many rows are done before all rows below them are brought up to date in one go.
    private const int Block = 8;

    /// <summary>Replaces what is on and above the diagonal by U.</summary>
    /// <param name="matrix">Row after row, padded with zeros to whole registers.</param>
    /// <param name="order">The number of rows.</param>
    /// <param name="stride">From one row to the next.</param>
    /// <param name="inverses">Receives the inverses of the diagonal of U; 0 where rounding left no positive pivot, whose unknown is then 0.</param>
    public static void Factor(float* matrix, int order, int stride, float* inverses)
    {
        for (int first = 0; first < order; first += Block)
        {
            int end = Math.Min(first + Block, order);
            for (int k = first; k < end; k++)
            {
                float* row = matrix + (long)k * stride;
                int start = k / TRegister.Count * TRegister.Count;
                for (int p = first; p < k; p++)
                {
                    float* above = matrix + (long)p * stride;
                    var factor = TRegister.Broadcast(-above[k]);
                    for (int j = start; j < stride; j += TRegister.Count)
                        TRegister.Store(TRegister.MultiplyAdd(factor, TRegister.Load(above + j), TRegister.Load(row + j)), row + j);
                }
                float pivot = row[k];
                float inverse = pivot > 0 ? 1 / MathF.Sqrt(pivot) : 0;
                inverses[k] = inverse;
                var scale = TRegister.Broadcast(inverse);
                for (int j = start; j < stride; j += TRegister.Count)
                    TRegister.Store(TRegister.Multiply(scale, TRegister.Load(row + j)), row + j);
            }
            for (int i = end; i < order; i++)
                Eliminate(matrix + (long)first * stride, matrix + (long)i * stride, stride, i);
        }
    }

    /// <summary>Solves for one right side, after <see cref="Factor"/>.</summary>
    /// <param name="matrix">U.</param>
    /// <param name="order">The number of rows.</param>
    /// <param name="stride">From one row to the next.</param>
    /// <param name="inverses">The inverses of its diagonal.</param>
    /// <param name="side">The right side, padded with zeros; overwritten.</param>
    /// <param name="solution">Receives the solution, padded with zeros.</param>
    public static void Solve(float* matrix, int order, int stride, float* inverses, float* side, float* solution)
    {
        // U'y = b: what is known of y is taken off the rest of b.
        for (int k = 0; k < order; k++)
        {
            float value = side[k] * inverses[k];
            solution[k] = value;
            float* row = matrix + (long)k * stride;
            var factor = TRegister.Broadcast(-value);
            for (int j = k / TRegister.Count * TRegister.Count; j < stride; j += TRegister.Count)
                TRegister.Store(TRegister.MultiplyAdd(factor, TRegister.Load(row + j), TRegister.Load(side + j)), side + j);
        }
        // Ux = y from the last row up, four rows at a time: first what the rows below take off, then the four among themselves. What is not known of x
        // yet is 0, so that registers may begin left of it.
        new Span<float>(side, stride).Clear();
        int top = order;
        for (; top % 4 != 0; top--)
            side[top - 1] = (solution[top - 1] - Dot(matrix + (long)(top - 1) * stride, side, top - 1, stride)) * inverses[top - 1];
        for (top -= 4; top >= 0; top -= 4)
        {
            float* r0 = matrix + (long)top * stride, r1 = r0 + stride, r2 = r1 + stride, r3 = r2 + stride;
            TVector a = default, b = default, c = default, d = default;
            for (int j = top / TRegister.Count * TRegister.Count; j < stride; j += TRegister.Count)
            {
                var x = TRegister.Load(side + j);
                a = TRegister.MultiplyAdd(x, TRegister.Load(r0 + j), a);
                b = TRegister.MultiplyAdd(x, TRegister.Load(r1 + j), b);
                c = TRegister.MultiplyAdd(x, TRegister.Load(r2 + j), c);
                d = TRegister.MultiplyAdd(x, TRegister.Load(r3 + j), d);
            }
            var sums = TRegister.Sums(a, b, c, d);
            float x3 = (solution[top + 3] - sums[3]) * inverses[top + 3];
            float x2 = (solution[top + 2] - sums[2] - r2[top + 3] * x3) * inverses[top + 2];
            float x1 = (solution[top + 1] - sums[1] - r1[top + 2] * x2 - r1[top + 3] * x3) * inverses[top + 1];
            float x0 = (solution[top] - sums[0] - r0[top + 1] * x1 - r0[top + 2] * x2 - r0[top + 3] * x3) * inverses[top];
            (side[top], side[top + 1], side[top + 2], side[top + 3]) = (x0, x1, x2, x3);
        }
        new Span<float>(side, stride).CopyTo(new Span<float>(solution, stride));
    }

    private static float Dot(float* first, float* second, int start, int end)
    {
        TVector sum = default;
        for (int j = start / TRegister.Count * TRegister.Count; j < end; j += TRegister.Count)
            sum = TRegister.MultiplyAdd(TRegister.Load(first + j), TRegister.Load(second + j), sum);
        return TRegister.Sum(sum);
    }

    /// <summary>Takes a block of finished rows off one below.</summary>
    private static void Eliminate(float* block, float* row, int stride, int i)
    {
        float* p1 = block + stride, p2 = p1 + stride, p3 = p2 + stride, p4 = p3 + stride, p5 = p4 + stride, p6 = p5 + stride, p7 = p6 + stride;
        TVector f0 = TRegister.Broadcast(-block[i]), f1 = TRegister.Broadcast(-p1[i]), f2 = TRegister.Broadcast(-p2[i]), f3 = TRegister.Broadcast(-p3[i]);
        TVector f4 = TRegister.Broadcast(-p4[i]), f5 = TRegister.Broadcast(-p5[i]), f6 = TRegister.Broadcast(-p6[i]), f7 = TRegister.Broadcast(-p7[i]);
        for (int j = i / TRegister.Count * TRegister.Count; j < stride; j += TRegister.Count)
        {
            var even = TRegister.MultiplyAdd(f0, TRegister.Load(block + j), TRegister.Load(row + j));
            var odd = TRegister.Multiply(f1, TRegister.Load(p1 + j));
            even = TRegister.MultiplyAdd(f2, TRegister.Load(p2 + j), even);
            odd = TRegister.MultiplyAdd(f3, TRegister.Load(p3 + j), odd);
            even = TRegister.MultiplyAdd(f4, TRegister.Load(p4 + j), even);
            odd = TRegister.MultiplyAdd(f5, TRegister.Load(p5 + j), odd);
            even = TRegister.MultiplyAdd(f6, TRegister.Load(p6 + j), even);
            odd = TRegister.MultiplyAdd(f7, TRegister.Load(p7 + j), odd);
            TRegister.Store(TRegister.Add(even, odd), row + j);
        }
    }
}
