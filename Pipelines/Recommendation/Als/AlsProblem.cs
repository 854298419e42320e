namespace MLPipelines.Recommendation;

/// <summary>What implicit ALS minimises, in numbers.</summary>
/// <param name="Objective">The form.</param>
/// <param name="Alpha">What the weight of an interaction is multiplied by.</param>
/// <param name="Unobserved">How much each pair counts, interaction or not.</param>
/// <param name="Regularization">The regularisation of a row whose pairs weigh 1 together.</param>
/// <param name="Exponent">How the regularisation grows with what the pairs of a row weigh.</param>
internal sealed record AlsObjectiveNumbers(AlsObjective Objective, float Alpha, float Unobserved, float Regularization, float Exponent)
{
    /// <summary>How much an interaction counts in the matrix of a row's system.</summary>
    public float Weight(float weight) => Alpha * weight;

    /// <summary>How much an interaction counts on the right side of a row's system.</summary>
    public float Pull(float weight) => Objective == AlsObjective.HuKorenVolinsky ? Alpha * weight + Unobserved : Alpha * weight;

    /// <summary>What is added to the diagonal of a row's system.</summary>
    /// <param name="weights">The sum of the row's weights, alpha not counted.</param>
    /// <param name="others">How many rows the other side has.</param>
    public float Ridge(double weights, int others) => (float)(Regularization * Math.Pow(Alpha * weights + (double)Unobserved * others, Exponent));

    public void Write(ModelParts parts)
    {
        parts.Numbers.Add("objective", (int)Objective);
        parts.Numbers.Add("alpha", Alpha);
        parts.Numbers.Add("unobserved-weight", Unobserved);
        parts.Numbers.Add("regularization", Regularization);
        parts.Numbers.Add("regularization-exponent", Exponent);
    }

    public static AlsObjectiveNumbers Read(ModelParts parts) => new(
        (AlsObjective)(int)parts.Number("objective", 0, 1),
        (float)parts.Number("alpha", float.Epsilon, float.MaxValue),
        (float)parts.Number("unobserved-weight", 0, float.MaxValue),
        (float)parts.Number("regularization", float.Epsilon, float.MaxValue),
        (float)parts.Number("regularization-exponent", 0, 1));
}

/// <summary>Half of the alternation: the factors of one side are sought, those of the other are known.</summary>
internal sealed unsafe class AlsProblem
{
    private const int Stripes = 16;

    /// <param name="others">The known factors.</param>
    /// <param name="numbers">The objective.</param>
    /// <param name="parallel">Threads and cancellation.</param>
    /// <param name="width">Numbers in a register.</param>
    public AlsProblem(FactorMatrix others, AlsObjectiveNumbers numbers, ParallelOptions parallel, int width)
    {
        (Others, Numbers, Width) = (others, numbers, width);
        Gram = Products(others, numbers.Unobserved, parallel, width);
    }

    public FactorMatrix Others { get; }

    public AlsObjectiveNumbers Numbers { get; }

    public int Width { get; }

    /// <summary>The sum over all rows of the products of a row with itself, times the weight of unobserved pairs.</summary>
    public FactorMatrix Gram { get; }

    public float Ridge(ReadOnlySpan<float> weights, int count) =>
        Numbers.Ridge(weights.IsEmpty ? count : System.Numerics.Tensors.TensorPrimitives.Sum(weights), Others.Rows);

    /// <summary>Sums in stripes whose number does not depend on that of threads, so that the result does not either.</summary>
    private static FactorMatrix Products(FactorMatrix rows, float scale, ParallelOptions parallel, int width)
    {
        int panel = LineSolver.PanelRows(rows.Stride);
        int stripe = (rows.Rows + Stripes - 1) / Stripes;
        var sums = new FactorMatrix?[Stripes];
        Parallel.For(0, Stripes, parallel, s =>
        {
            int end = Math.Min((s + 1) * stripe, rows.Rows);
            if (s * stripe >= end)
                return;
            var sum = sums[s] = new FactorMatrix(rows.Stride, rows.Stride);
            for (int row = s * stripe; row < end; row += panel)
                LineSolver.AddProducts(sum.Start, sum.Start, rows.Factors, rows.Stride, rows.RowStart(row), Math.Min(panel, end - row), width);
            GC.KeepAlive(sum);
        });
        GC.KeepAlive(rows);
        var total = new FactorMatrix(rows.Stride, rows.Stride);
        for (int i = 0; i < rows.Factors; i++)
        {
            var row = total[i];
            foreach (var sum in sums)
            {
                if (sum is not null)
                    System.Numerics.Tensors.TensorPrimitives.Add(row, sum[i], row);
            }
            System.Numerics.Tensors.TensorPrimitives.Multiply(row, scale, row);
            row[..i].Clear();
            for (int j = 0; j < i; j++)
                row[j] = total[j][i];
        }
        return total;
    }
}
