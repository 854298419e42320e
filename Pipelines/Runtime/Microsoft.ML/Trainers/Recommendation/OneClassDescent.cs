using System.Numerics.Tensors;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Trainers.Recommender;

/// <summary>
/// Coordinate descent where every unknown value of the matrix counts too, with a small weight: the sum over unknown values is taken
/// through the products of all pairs of factors, so that an iteration costs no more than the known values and <c>rank²</c> for
/// each row and column.
/// </summary>
internal static unsafe class OneClassDescent
{
    private const int RowsInTask = 64;

    public static FactorPair Run(IHost host, MatrixEntries entries, FactorizationSettings settings, Action<int, double, FactorPair> report)
    {
        var random = new SplitMix(settings.Seed);
        int[] rowPlaces = [.. Enumerable.Range(0, entries.Rows)], columnPlaces = [.. Enumerable.Range(0, entries.Columns)];
        var factors = new FactorPair(settings.Rank, rowPlaces, columnPlaces, entries);
        try
        {
            factors.Randomize(ref random);
            var byRow = Lines.Of(entries, entries.Rows, entry => (entry.Row, entry.Column));
            var byColumn = Lines.Of(entries, entries.Columns, entry => (entry.Column, entry.Row));
            for (int iteration = 0; iteration < settings.Iterations; iteration++)
            {
                Sweep(host, factors.RowFactors, entries.Rows, factors.ColumnFactors, entries.Columns, factors.Stride, byRow, settings);
                Sweep(host, factors.ColumnFactors, entries.Columns, factors.RowFactors, entries.Rows, factors.Stride, byColumn, settings);
                report?.Invoke(iteration, entries.RootMeanSquaredError(factors), factors);
            }
            return factors;
        }
        catch
        {
            factors.Dispose();
            throw;
        }
    }

    /// <summary>Improves the factors of every line of one side, the other side's being given.</summary>
    private static void Sweep(IHost host, float* mine, int count, float* others, int otherCount, int stride, Lines lines, FactorizationSettings settings)
    {
        int rank = settings.Rank;
        var (products, sums) = Products(others, otherCount, stride, rank, settings.Threads);
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = settings.Threads };
        Parallel.For(0, (count + RowsInTask - 1) / RowsInTask, parallel, () => new float[0], (task, _, scratch) =>
        {
            host.CheckAlive();
            for (int line = task * RowsInTask; line < Math.Min(count, (task + 1) * RowsInTask); line++)
            {
                if (lines.Count(line) > 0)
                    Improve(line, mine + (long)line * stride, others, stride, rank, lines, products, sums, settings, ref scratch);
            }
            return scratch;
        }, _ => { });
    }

    private static void Improve(
        int line, float* mine, float* others, int stride, int rank, Lines lines, float[] products, float[] sums, FactorizationSettings settings, ref float[] scratch)
    {
        long start = lines.Starts[line];
        int known = lines.Count(line);
        if (scratch.Length < (rank + 1) * known)
            scratch = new float[(rank + 1) * known];
        var predicted = scratch.AsSpan(rank * known, known);
        predicted.Clear();
        var own = new Span<float>(mine, rank);
        for (int i = 0; i < known; i++)
        {
            float* other = others + (long)lines.Others[start + i] * stride;
            for (int d = 0; d < rank; d++)
                scratch[d * known + i] = other[d];
        }
        for (int d = 0; d < rank; d++)
            TensorPrimitives.MultiplyAdd(scratch.AsSpan(d * known, known), own[d], predicted, predicted);

        var values = lines.Values.AsSpan((int)start, known);
        float alpha = settings.Alpha, unknown = settings.UnknownValue;
        for (int d = 0; d < rank; d++)
        {
            var column = scratch.AsSpan(d * known, known);
            var product = products.AsSpan(d * rank, rank);
            // The gradient without what this factor itself adds: known values first, then all values with the weight of unknown ones.
            float squares = TensorPrimitives.SumOfSquares(column);
            float fit = TensorPrimitives.Dot(column, values) - TensorPrimitives.Dot(column, predicted) + squares * own[d];
            float all = unknown * sums[d] - (TensorPrimitives.Dot(product, own) - product[d] * own[d]);
            float knownOfAll = unknown * TensorPrimitives.Sum(column) - (TensorPrimitives.Dot(column, predicted) - squares * own[d]);
            float numerator = fit + alpha * (all - knownOfAll);
            float denominator = squares + alpha * (product[d] - squares) + settings.Lambda;
            float next = denominator > 0 ? numerator / denominator : 0;
            if (settings.NonNegative)
                next = Math.Max(0, next);
            TensorPrimitives.MultiplyAdd(column, next - own[d], predicted, predicted);
            own[d] = next;
        }
    }

    /// <summary>The sums, over all lines, of the products of each pair of factors and of each factor.</summary>
    private static (float[] Products, float[] Sums) Products(float* factors, int count, int stride, int rank, int threads)
    {
        var products = new float[rank * rank];
        var sums = new float[rank];
        // Double sums, a factor at a time: the result does not depend on the number of threads.
        Parallel.For(0, rank, new ParallelOptions { MaxDegreeOfParallelism = threads }, d =>
        {
            var row = new double[rank];
            double sum = 0;
            for (int i = 0; i < count; i++)
            {
                float* at = factors + (long)i * stride;
                double value = at[d];
                sum += value;
                for (int e = 0; e < rank; e++)
                    row[e] += value * at[e];
            }
            sums[d] = (float)sum;
            for (int e = 0; e < rank; e++)
                products[d * rank + e] = (float)row[e];
        });
        return (products, sums);
    }

    /// <summary>The known values by row, or by column.</summary>
    private sealed class Lines
    {
        private Lines(int count, long entries)
        {
            Contracts.Check(entries <= Array.MaxLength, $"{entries} values are more than one-class factorization takes ({Array.MaxLength}).");
            Starts = new long[count + 1];
            Others = new int[entries];
            Values = new float[entries];
        }

        public long[] Starts { get; }

        public int[] Others { get; }

        public float[] Values { get; }

        public int Count(int line) => (int)(Starts[line + 1] - Starts[line]);

        public static Lines Of(MatrixEntries entries, int count, Func<MatrixEntry, (int Line, int Other)> split)
        {
            var lines = new Lines(count, entries.Count);
            foreach (var chunk in entries.Chunks)
            {
                foreach (var entry in chunk)
                    lines.Starts[split(entry).Line + 1]++;
            }
            for (int i = 0; i < count; i++)
                lines.Starts[i + 1] += lines.Starts[i];
            var next = lines.Starts.AsSpan(0, count).ToArray();
            foreach (var chunk in entries.Chunks)
            {
                foreach (var entry in chunk)
                {
                    var (line, other) = split(entry);
                    long at = next[line]++;
                    lines.Others[at] = other;
                    lines.Values[at] = entry.Value;
                }
            }
            return lines;
        }
    }
}
