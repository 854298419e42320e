using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Trainers.Recommender;

/// <summary>
/// Stochastic gradient descent on the known values. Rows and columns are shuffled and cut into bands, the matrix thereby into blocks; blocks
/// on a diagonal share neither rows nor columns, so that threads work on them at once without waiting for one another, and their
/// order does not matter: every number of threads gives the same factors.
/// </summary>
/// <remarks>
/// The step of each row and column falls with the squares of its gradients (Chin et al. 2015): once for its first factors, which alone
/// learn in the first iteration, and once for the others.
/// </remarks>
internal static unsafe class BlockDescent
{
    private const int FewestBands = 16;
    private const int MostBands = 256;
    private const long BandBytes = 768 << 10;
    private const float SmallestDeviation = 1e-4f;

    public static FactorPair Run(IHost host, MatrixEntries entries, FactorizationSettings settings, Action<int, double, FactorPair> report)
    {
        var random = new SplitMix(settings.Seed);
        int[] rowPlaces = random.Permutation(entries.Rows), columnPlaces = random.Permutation(entries.Columns);
        var factors = new FactorPair(settings.Rank, rowPlaces, columnPlaces, entries);
        try
        {
            factors.Scale = Math.Max(SmallestDeviation, Deviation(entries));
            factors.Randomize(ref random);
            Learn(host, entries, factors, rowPlaces, columnPlaces, settings, ref random, report);
            return factors;
        }
        catch
        {
            factors.Dispose();
            throw;
        }
    }

    private static void Learn(
        IHost host, MatrixEntries entries, FactorPair factors, int[] rowPlaces, int[] columnPlaces, FactorizationSettings settings, ref SplitMix random, Action<int, double, FactorPair> report)
    {
        int bands = Bands(entries, factors.Stride);
        var blocks = Cut(entries, rowPlaces, columnPlaces, bands, 1 / factors.Scale);
        var rowHistory = new float[2L * entries.Rows];
        var columnHistory = new float[2L * entries.Columns];
        Array.Fill(rowHistory, 1);
        Array.Fill(columnHistory, 1);
        var losses = new double[bands];
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = settings.Threads };
        fixed (float* rowHistoryAt = rowHistory, columnHistoryAt = columnHistory)
        {
            var step = new DescentStep
            {
                Rows = factors.RowFactors,
                Columns = factors.ColumnFactors,
                RowHistory = rowHistoryAt,
                ColumnHistory = columnHistoryAt,
                Stride = factors.Stride,
                FastShare = 1f / Math.Max(1, settings.Rank - FactorPair.Lane),
                SlowShare = 1f / Math.Min(settings.Rank, FactorPair.Lane),
                LearningRate = settings.LearningRate,
                Lambda = settings.Lambda / factors.Scale,
                Floor = settings.NonNegative ? 0 : float.NegativeInfinity,
            };
            for (int iteration = 0; iteration < settings.Iterations; iteration++)
            {
                step.OnlySlow = iteration == 0;
                Array.Clear(losses);
                foreach (int diagonal in random.Permutation(bands))
                {
                    host.CheckAlive();
                    if (settings.Threads == 1)
                    {
                        for (int band = 0; band < bands; band++)
                            losses[band] += step.Run(blocks[band * bands + (band + diagonal) % bands]);
                    }
                    else
                    {
                        Parallel.For(0, bands, parallel, band => losses[band] += step.Run(blocks[band * bands + (band + diagonal) % bands]));
                    }
                }
                report?.Invoke(iteration, factors.Scale * Math.Sqrt(losses.Sum() / entries.Count), factors);
            }
        }
    }

    /// <summary>As many bands as make the factors of a block fit into a processor's cache.</summary>
    private static int Bands(MatrixEntries entries, int stride)
    {
        int bands = FewestBands;
        while (bands < MostBands && ((long)entries.Rows + entries.Columns) / bands * stride * sizeof(float) > BandBytes)
            bands *= 2;
        return bands;
    }

    private static float Deviation(MatrixEntries entries)
    {
        double sum = 0, squares = 0;
        foreach (var chunk in entries.Chunks)
        {
            foreach (var entry in chunk)
            {
                sum += entry.Value;
                squares += (double)entry.Value * entry.Value;
            }
        }
        double mean = sum / entries.Count;
        return (float)Math.Sqrt(Math.Max(0, squares / entries.Count - mean * mean));
    }

    /// <summary>The entries of each block, at the places of their factors and in the order of rows.</summary>
    private static MatrixEntry[][] Cut(MatrixEntries entries, int[] rowPlaces, int[] columnPlaces, int bands, float scale)
    {
        var counts = new int[bands * bands];
        foreach (var chunk in entries.Chunks)
        {
            foreach (var entry in chunk)
            {
                ref int count = ref counts[BlockOf(entry)];
                count = checked(count + 1);
            }
        }
        var blocks = Array.ConvertAll(counts, count => new MatrixEntry[count]);
        Array.Clear(counts);
        foreach (var chunk in entries.Chunks)
        {
            foreach (var entry in chunk)
            {
                int block = BlockOf(entry);
                blocks[block][counts[block]++] = new MatrixEntry(rowPlaces[entry.Row], columnPlaces[entry.Column], entry.Value * scale);
            }
        }
        for (int block = 0; block < blocks.Length; block++)
            blocks[block] = OrderByRow(blocks[block]);
        return blocks;

        int BlockOf(MatrixEntry entry) =>
            (int)((long)rowPlaces[entry.Row] * bands / rowPlaces.Length) * bands + (int)((long)columnPlaces[entry.Column] * bands / columnPlaces.Length);
    }

    private static MatrixEntry[] OrderByRow(MatrixEntry[] block)
    {
        if (block.Length < 2)
            return block;
        int first = int.MaxValue, last = 0;
        foreach (var entry in block)
        {
            first = Math.Min(first, entry.Row);
            last = Math.Max(last, entry.Row);
        }
        var starts = new int[last - first + 2];
        foreach (var entry in block)
            starts[entry.Row - first + 1]++;
        for (int i = 1; i < starts.Length; i++)
            starts[i] += starts[i - 1];
        var ordered = new MatrixEntry[block.Length];
        foreach (var entry in block)
            ordered[starts[entry.Row - first]++] = entry;
        return ordered;
    }
}

/// <summary>Takes a step for every entry of a block.</summary>
internal unsafe struct DescentStep
{
    public float* Rows;
    public float* Columns;
    public float* RowHistory;
    public float* ColumnHistory;
    public int Stride;
    public float SlowShare;
    public float FastShare;
    public float LearningRate;
    public float Lambda;
    public float Floor;
    public bool OnlySlow;

    /// <summary>The sum of the squared errors before each step.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public readonly double Run(MatrixEntry[] block)
    {
        double loss = 0;
        var rate = Vector128.Create(LearningRate);
        var shares = Vector128.Create(SlowShare, FastShare, SlowShare, FastShare);
        bool hasFast = !OnlySlow && Stride > FactorPair.Lane;
        foreach (var entry in block)
        {
            float* p = Rows + (long)entry.Row * Stride;
            float* q = Columns + (long)entry.Column * Stride;
            float* rowHistory = RowHistory + 2L * entry.Row;
            float* columnHistory = ColumnHistory + 2L * entry.Column;
            float error = entry.Value - Dot(p, q);
            loss += (double)error * error;

            // Slow and fast of the row, then of the column: one division and one square root for all four.
            var history = Vector128.Create(Vector64.Load(rowHistory), Vector64.Load(columnHistory));
            var rates = rate / Vector128.Sqrt(history);
            Vector256<float> slowRow = default, slowColumn = default, fastRow = default, fastColumn = default;
            Move(Vector256.Load(p), Vector256.Load(q), error, rates[0], rates[2], p, q, ref slowRow, ref slowColumn);
            if (hasFast)
                Fast(p, q, error, rates[1], rates[3], ref fastRow, ref fastColumn);
            history = Vector128.FusedMultiplyAdd(Sums(slowRow, fastRow, slowColumn, fastColumn), shares, history);
            history.GetLower().Store(rowHistory);
            history.GetUpper().Store(columnHistory);
        }
        return loss;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Sums(Vector256<float> first, Vector256<float> second, Vector256<float> third, Vector256<float> fourth)
    {
        Vector128<float> a = first.GetLower() + first.GetUpper(), b = second.GetLower() + second.GetUpper();
        Vector128<float> c = third.GetLower() + third.GetUpper(), d = fourth.GetLower() + fourth.GetUpper();
        return Sse3.IsSupported
            ? Sse3.HorizontalAdd(Sse3.HorizontalAdd(a, b), Sse3.HorizontalAdd(c, d))
            : Vector128.Create(Vector128.Sum(a), Vector128.Sum(b), Vector128.Sum(c), Vector128.Sum(d));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly float Dot(float* p, float* q)
    {
        var narrow = Vector256.Load(p) * Vector256.Load(q);
        int d = FactorPair.Lane;
        Vector512<float> even = Vector512<float>.Zero, odd = Vector512<float>.Zero;
        for (; d + 32 <= Stride; d += 32)
        {
            even = Vector512.FusedMultiplyAdd(Vector512.Load(p + d), Vector512.Load(q + d), even);
            odd = Vector512.FusedMultiplyAdd(Vector512.Load(p + d + 16), Vector512.Load(q + d + 16), odd);
        }
        for (; d < Stride; d += 8)
            narrow = Vector256.FusedMultiplyAdd(Vector256.Load(p + d), Vector256.Load(q + d), narrow);
        var wide = even + odd;
        return Vector256.Sum(wide.GetLower() + wide.GetUpper() + narrow);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly void Fast(float* p, float* q, float error, float rowRate, float columnRate, ref Vector256<float> rowSquares, ref Vector256<float> columnSquares)
    {
        Vector512<float> rowWide = default, columnWide = default;
        int d = FactorPair.Lane;
        var lambda = Vector512.Create(Lambda);
        var negative = Vector512.Create(-error);
        var floor = Vector512.Create(Floor);
        Vector512<float> rowStep = Vector512.Create(-rowRate), columnStep = Vector512.Create(-columnRate);
        for (; d + 16 <= Stride; d += 16)
        {
            Vector512<float> row = Vector512.Load(p + d), column = Vector512.Load(q + d);
            var rowGradient = Vector512.FusedMultiplyAdd(negative, column, lambda * row);
            var columnGradient = Vector512.FusedMultiplyAdd(negative, row, lambda * column);
            rowWide = Vector512.FusedMultiplyAdd(rowGradient, rowGradient, rowWide);
            columnWide = Vector512.FusedMultiplyAdd(columnGradient, columnGradient, columnWide);
            Vector512.Max(Vector512.FusedMultiplyAdd(rowStep, rowGradient, row), floor).Store(p + d);
            Vector512.Max(Vector512.FusedMultiplyAdd(columnStep, columnGradient, column), floor).Store(q + d);
        }
        for (; d < Stride; d += 8)
            Move(Vector256.Load(p + d), Vector256.Load(q + d), error, rowRate, columnRate, p + d, q + d, ref rowSquares, ref columnSquares);
        rowSquares += rowWide.GetLower() + rowWide.GetUpper();
        columnSquares += columnWide.GetLower() + columnWide.GetUpper();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly void Move(
        Vector256<float> row, Vector256<float> column, float error, float rowRate, float columnRate, float* p, float* q, ref Vector256<float> rowSquares, ref Vector256<float> columnSquares)
    {
        var lambda = Vector256.Create(Lambda);
        var negative = Vector256.Create(-error);
        var floor = Vector256.Create(Floor);
        var rowGradient = Vector256.FusedMultiplyAdd(negative, column, lambda * row);
        var columnGradient = Vector256.FusedMultiplyAdd(negative, row, lambda * column);
        rowSquares = Vector256.FusedMultiplyAdd(rowGradient, rowGradient, rowSquares);
        columnSquares = Vector256.FusedMultiplyAdd(columnGradient, columnGradient, columnSquares);
        Vector256.Max(Vector256.FusedMultiplyAdd(Vector256.Create(-rowRate), rowGradient, row), floor).Store(p);
        Vector256.Max(Vector256.FusedMultiplyAdd(Vector256.Create(-columnRate), columnGradient, column), floor).Store(q);
    }
}
