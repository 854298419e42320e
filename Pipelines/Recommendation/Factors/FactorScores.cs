using System.Runtime.Intrinsics;

namespace MLPipelines.Recommendation;

/// <summary>Scores items by the products of their factors with those of users; a bias is a factor whose partner is 1.</summary>
internal static unsafe class FactorScores
{
    /// <summary>Scores all items for one user or several.</summary>
    /// <param name="items">The factors of items.</param>
    /// <param name="users">The factors of users, padded as <see cref="FactorMatrix"/> does.</param>
    /// <param name="count">How many users.</param>
    /// <param name="scores">The scores of all items, one user's after another's.</param>
    public static void Score(FactorMatrix items, float* users, int count, Span<float> scores) => Score(items, users, count, scores, Registers.Width);

    /// <summary>The same with registers of a given width: 16, 8 or 4 numbers.</summary>
    public static void Score(FactorMatrix items, float* users, int count, Span<float> scores, int width)
    {
        if (scores.Length < (long)items.Rows * count)
            throw new ArgumentException("There is less room than there are scores.", nameof(scores));
        fixed (float* target = scores)
        {
            if (width == 16)
                Kernel<Vector512<float>, Register512>.Score(items, users, count, target);
            else if (width == 8)
                Kernel<Vector256<float>, Register256>.Score(items, users, count, target);
            else
                Kernel<Vector128<float>, Register128>.Score(items, users, count, target);
        }
        GC.KeepAlive(items);
    }

    private static class Kernel<TVector, TRegister>
        where TVector : struct
        where TRegister : struct, IRegister<TVector>
    {
        // Items that stay in the first cache while all users go over them.
        private const int BlockLength = 8192;

        public static void Score(FactorMatrix items, float* users, int count, float* scores)
        {
            int stride = items.Stride;
            int block = Math.Max(4, BlockLength / stride / 4 * 4);
            for (int first = 0; first < items.Rows; first += block)
            {
                int end = Math.Min(first + block, items.Rows);
                int user = 0;
                for (; user + 2 <= count; user += 2)
                    Pair(items.Start, stride, first, end, users + (long)user * stride, scores + (long)user * items.Rows, items.Rows);
                if (user < count)
                    Single(items.Start, stride, first, end, users + (long)user * stride, scores + (long)user * items.Rows);
            }
        }

        private static void Pair(float* items, int stride, int first, int end, float* user, float* scores, int nextScores)
        {
            int item = first;
            for (; item + 4 <= end; item += 4)
            {
                float* row = items + (long)item * stride;
                TVector a0 = default, a1 = default, a2 = default, a3 = default, b0 = default, b1 = default, b2 = default, b3 = default;
                for (int f = 0; f < stride; f += TRegister.Count)
                {
                    TVector p = TRegister.Load(user + f), q = TRegister.Load(user + stride + f);
                    var v = TRegister.Load(row + f);
                    a0 = TRegister.MultiplyAdd(p, v, a0);
                    b0 = TRegister.MultiplyAdd(q, v, b0);
                    v = TRegister.Load(row + stride + f);
                    a1 = TRegister.MultiplyAdd(p, v, a1);
                    b1 = TRegister.MultiplyAdd(q, v, b1);
                    v = TRegister.Load(row + 2 * stride + f);
                    a2 = TRegister.MultiplyAdd(p, v, a2);
                    b2 = TRegister.MultiplyAdd(q, v, b2);
                    v = TRegister.Load(row + 3 * stride + f);
                    a3 = TRegister.MultiplyAdd(p, v, a3);
                    b3 = TRegister.MultiplyAdd(q, v, b3);
                }
                TRegister.Sums(a0, a1, a2, a3).Store(scores + item);
                TRegister.Sums(b0, b1, b2, b3).Store(scores + nextScores + item);
            }
            for (; item < end; item++)
            {
                scores[item] = Dot(items + (long)item * stride, user, stride);
                scores[nextScores + item] = Dot(items + (long)item * stride, user + stride, stride);
            }
        }

        private static void Single(float* items, int stride, int first, int end, float* user, float* scores)
        {
            int item = first;
            for (; item + 4 <= end; item += 4)
            {
                float* row = items + (long)item * stride;
                TVector a0 = default, a1 = default, a2 = default, a3 = default;
                for (int f = 0; f < stride; f += TRegister.Count)
                {
                    var p = TRegister.Load(user + f);
                    a0 = TRegister.MultiplyAdd(p, TRegister.Load(row + f), a0);
                    a1 = TRegister.MultiplyAdd(p, TRegister.Load(row + stride + f), a1);
                    a2 = TRegister.MultiplyAdd(p, TRegister.Load(row + 2 * stride + f), a2);
                    a3 = TRegister.MultiplyAdd(p, TRegister.Load(row + 3 * stride + f), a3);
                }
                TRegister.Sums(a0, a1, a2, a3).Store(scores + item);
            }
            for (; item < end; item++)
                scores[item] = Dot(items + (long)item * stride, user, stride);
        }

        public static float Dot(float* first, float* second, int length)
        {
            TVector sum = default;
            for (int f = 0; f < length; f += TRegister.Count)
                sum = TRegister.MultiplyAdd(TRegister.Load(second + f), TRegister.Load(first + f), sum);
            return TRegister.Sum(sum);
        }
    }

    /// <summary>The score of one pair, the same to the last bit as among others.</summary>
    public static float Score(float* item, float* user, int stride) => Registers.Width switch
    {
        16 => Kernel<Vector512<float>, Register512>.Dot(item, user, stride),
        8 => Kernel<Vector256<float>, Register256>.Dot(item, user, stride),
        _ => Kernel<Vector128<float>, Register128>.Dot(item, user, stride),
    };
}
