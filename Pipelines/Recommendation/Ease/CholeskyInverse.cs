using System.Numerics.Tensors;

namespace MLPipelines.Recommendation;

/// <summary>Inverts symmetric positive definite matrices.</summary>
internal static class CholeskyInverse
{
    /// <summary>Inverts a matrix in place.</summary>
    /// <param name="matrix">Row after row; only what is on and left of the diagonal is read, all of it is written.</param>
    /// <param name="n">The number of rows.</param>
    /// <param name="parallel">Threads and cancellation, honoured for each row.</param>
    /// <returns>Whether the matrix is positive definite.</returns>
    public static bool Invert(double[] matrix, int n, ParallelOptions parallel)
    {
        if (!Factor(matrix, n, parallel))
            return false;
        // Rows of the inverse of the lower factor, in place: row i = (unit i - sum over j < i of L[i, j] row j) / L[i, i]. Columns are independent.
        var inverse = new double[matrix.LongLength];
        const int stripe = 64;
        Parallel.For(0, (n + stripe - 1) / stripe, parallel, s =>
        {
            int first = s * stripe;
            for (int i = first; i < n; i++)
            {
                int width = Math.Min(stripe, i + 1 - first);
                var row = inverse.AsSpan(i * n + first, width);
                for (int j = first; j < i; j++)
                {
                    int known = Math.Min(stripe, j + 1 - first);
                    TensorPrimitives.MultiplyAdd(inverse.AsSpan(j * n + first, known), -matrix[i * n + j], row[..known], row[..known]);
                }
                if (i - first < stripe)
                    row[i - first] += 1;
                TensorPrimitives.Divide(row, matrix[i * n + i], row);
            }
        });
        // The inverse is the transposed factor's times the factor's: sums of products of rows, the rows taken in the same order by all threads.
        Array.Clear(matrix);
        Parallel.For(0, n, parallel, i =>
        {
            var row = matrix.AsSpan(i * n, i + 1);
            for (int k = i; k < n; k++)
            {
                double factor = inverse[k * n + i];
                if (factor != 0)
                    TensorPrimitives.MultiplyAdd(inverse.AsSpan(k * n, i + 1), factor, row, row);
            }
        });
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < i; j++)
                matrix[j * n + i] = matrix[i * n + j];
        }
        return true;
    }

    private static bool Factor(double[] matrix, int n, ParallelOptions parallel)
    {
        for (int j = 0; j < n; j++)
        {
            var pivotRow = matrix.AsSpan(j * n, j);
            double pivot = matrix[j * n + j] - TensorPrimitives.SumOfSquares<double>(pivotRow);
            if (!(pivot > 0))
                return false;
            double root = Math.Sqrt(pivot);
            matrix[j * n + j] = root;
            int column = j;
            void Below(int i) => matrix[i * n + column] =
                (matrix[i * n + column] - TensorPrimitives.Dot<double>(matrix.AsSpan(i * n, column), matrix.AsSpan(column * n, column))) / root;
            if ((long)(n - j) * j < 200_000 || parallel.MaxDegreeOfParallelism == 1)
            {
                parallel.CancellationToken.ThrowIfCancellationRequested();
                for (int i = j + 1; i < n; i++)
                    Below(i);
            }
            else
            {
                Parallel.For(j + 1, n, parallel, Below);
            }
        }
        return true;
    }
}
