using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Trainers.Recommender;

/// <summary>
/// The factors of rows and of columns while they are learnt, each padded with zeros to a whole number of registers and stored in
/// an order of its own, in native memory, which holds more than an array.
/// </summary>
internal sealed unsafe class FactorPair : IDisposable
{
    /// <summary>Numbers in the narrowest register that is used.</summary>
    public const int Lane = 8;

    private readonly int[] _rowPlaces;
    private readonly int[] _columnPlaces;
    private readonly bool[] _rowKnown;
    private readonly bool[] _columnKnown;

    /// <param name="rank">The number of factors.</param>
    /// <param name="rowPlaces">Where each row is stored.</param>
    /// <param name="columnPlaces">Where each column is stored.</param>
    /// <param name="entries">The rows and columns that have a value are known; the others get NaN.</param>
    public FactorPair(int rank, int[] rowPlaces, int[] columnPlaces, MatrixEntries entries)
    {
        Rank = rank;
        Stride = (rank + Lane - 1) / Lane * Lane;
        CheckLength(rowPlaces.Length, rank);
        CheckLength(columnPlaces.Length, rank);
        _rowPlaces = rowPlaces;
        _columnPlaces = columnPlaces;
        _rowKnown = new bool[rowPlaces.Length];
        _columnKnown = new bool[columnPlaces.Length];
        foreach (var chunk in entries.Chunks)
        {
            foreach (var entry in chunk)
            {
                _rowKnown[entry.Row] = true;
                _columnKnown[entry.Column] = true;
            }
        }
        RowFactors = Allocate((long)Rows * Stride);
        ColumnFactors = Allocate((long)Columns * Stride);
    }

    ~FactorPair() => Free();

    public int Rank { get; }

    public int Stride { get; }

    public int Rows => _rowPlaces.Length;

    public int Columns => _columnPlaces.Length;

    /// <summary>What products of factors are multiplied with.</summary>
    public float Scale { get; set; } = 1;

    public float* RowFactors { get; private set; }

    public float* ColumnFactors { get; private set; }

    public bool IsKnown(int row, int column) => _rowKnown[row] && _columnKnown[column];

    public float Dot(int row, int column) => TensorPrimitives.Dot(
        new ReadOnlySpan<float>(RowFactors + (long)_rowPlaces[row] * Stride, Rank),
        new ReadOnlySpan<float>(ColumnFactors + (long)_columnPlaces[column] * Stride, Rank));

    /// <summary>Starts all factors at random from 0 up to <c>sqrt(1 / rank)</c>.</summary>
    public void Randomize(ref SplitMix random)
    {
        float scale = MathF.Sqrt(1f / Rank);
        Fill(RowFactors, _rowPlaces, _rowKnown, ref random, scale);
        Fill(ColumnFactors, _columnPlaces, _columnKnown, ref random, scale);
    }

    /// <summary>The factors of rows, in the order of their keys.</summary>
    public float[] CopyRows() => Copy(RowFactors, _rowPlaces, _rowKnown);

    /// <summary>The factors of columns, in the order of their keys.</summary>
    public float[] CopyColumns() => Copy(ColumnFactors, _columnPlaces, _columnKnown);

    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void Fill(float* factors, int[] places, bool[] known, ref SplitMix random, float scale)
    {
        for (int i = 0; i < places.Length; i++)
        {
            if (!known[i])
                continue;
            float* at = factors + (long)places[i] * Stride;
            for (int d = 0; d < Rank; d++)
                at[d] = random.NextSingle() * scale;
        }
    }

    private float[] Copy(float* factors, int[] places, bool[] known)
    {
        float scale = MathF.Sqrt(Scale);
        var result = new float[(long)places.Length * Rank];
        for (int i = 0; i < places.Length; i++)
        {
            var target = result.AsSpan(i * Rank, Rank);
            if (!known[i])
            {
                target.Fill(float.NaN);
                continue;
            }
            TensorPrimitives.Multiply(new ReadOnlySpan<float>(factors + (long)places[i] * Stride, Rank), scale, target);
            Contracts.Check(float.IsFinite(TensorPrimitives.Sum<float>(target)), "The factors grew beyond all bounds; lower LearningRate.");
        }
        return result;
    }

    private static float* Allocate(long count)
    {
        var bytes = checked((nuint)count * sizeof(float));
        var memory = (float*)NativeMemory.AlignedAlloc(Math.Max(bytes, 64), 64);
        NativeMemory.Clear(memory, bytes);
        return memory;
    }

    private void Free()
    {
        NativeMemory.AlignedFree(RowFactors);
        NativeMemory.AlignedFree(ColumnFactors);
        RowFactors = null;
        ColumnFactors = null;
    }

    private static void CheckLength(int count, int rank) =>
        Contracts.Check((long)count * rank <= Array.MaxLength, $"{count} keys with {rank} factors each are more numbers than a model holds ({Array.MaxLength}); lower ApproximationRank.");
}

/// <summary>A small generator of random numbers, the same on every platform.</summary>
internal struct SplitMix(ulong seed)
{
    private ulong _state = seed;

    public ulong Next()
    {
        ulong x = _state += 0x9E3779B97F4A7C15;
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
        x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
        return x ^ (x >> 31);
    }

    /// <summary>A number from 0 up to 1.</summary>
    public float NextSingle() => (Next() >> 40) * (1f / (1 << 24));

    /// <summary>A number below <paramref name="bound"/>.</summary>
    public int Next(int bound) => (int)Math.BigMul(Next(), (ulong)bound, out _);

    /// <summary>The numbers below <paramref name="count"/>, in random order.</summary>
    public int[] Permutation(int count)
    {
        var order = new int[count];
        for (int i = 0; i < count; i++)
        {
            int j = Next(i + 1);
            order[i] = order[j];
            order[j] = i;
        }
        return order;
    }
}
