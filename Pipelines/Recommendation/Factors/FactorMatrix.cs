namespace MLPipelines.Recommendation;

/// <summary>A row of factors for each user or item. Rows are aligned to cache lines, and padded with zeros to whole registers of any width.</summary>
/// <remarks>Managed memory that the garbage collector does not move. Who reads through <see cref="Start"/> keeps the matrix alive meanwhile.</remarks>
internal sealed unsafe class FactorMatrix
{
    private const int RegisterLength = 16;
    private const int CacheLine = 64;

    private readonly float[] _memory;

    public FactorMatrix(int rows, int factors)
    {
        (Rows, Factors) = (rows, factors);
        Stride = (factors + RegisterLength - 1) / RegisterLength * RegisterLength;
        long length = (long)rows * Stride + RegisterLength;
        if (length > Array.MaxLength)
            throw RecommendationErrors.TooMany(FormattableString.Invariant($"users or items with {factors} factors each"), rows, (Array.MaxLength - RegisterLength) / Stride, "Lower Factors.");
        _memory = GC.AllocateArray<float>((int)length, pinned: true);
        var address = (nint)System.Runtime.CompilerServices.Unsafe.AsPointer(ref System.Runtime.InteropServices.MemoryMarshal.GetArrayDataReference(_memory));
        Start = (float*)((address + CacheLine - 1) / CacheLine * CacheLine);
    }

    public int Rows { get; }

    public int Factors { get; }

    /// <summary>From one row to the next, in numbers.</summary>
    public int Stride { get; }

    public float* Start { get; }

    public float* RowStart(int row) => Start + (long)row * Stride;

    public Span<float> this[int row] => new(RowStart(row), Factors);

    /// <summary>Whether all numbers are finite.</summary>
    public bool IsFinite()
    {
        for (int row = 0; row < Rows; row++)
        {
            // A sum of finite numbers of a row overflows only where the numbers are useless too.
            if (!float.IsFinite(System.Numerics.Tensors.TensorPrimitives.SumOfMagnitudes<float>(this[row])))
                return false;
        }
        return true;
    }

    /// <summary>The length of each row.</summary>
    public float[] Norms()
    {
        var norms = new float[Rows];
        for (int row = 0; row < Rows; row++)
            norms[row] = System.Numerics.Tensors.TensorPrimitives.Norm<float>(this[row]);
        return norms;
    }

    public void Write(ModelParts parts, string name)
    {
        var values = new float[(long)Rows * Factors];
        for (int row = 0; row < Rows; row++)
            this[row].CopyTo(values.AsSpan(row * Factors));
        parts.Add(name, values);
    }

    public static FactorMatrix Read(ModelParts parts, string name, int rows, int factors)
    {
        var values = parts.Read<float>(name, (long)rows * factors);
        var matrix = new FactorMatrix(rows, factors);
        for (int row = 0; row < rows; row++)
            values.AsSpan(row * factors, factors).CopyTo(matrix[row]);
        return matrix;
    }
}
