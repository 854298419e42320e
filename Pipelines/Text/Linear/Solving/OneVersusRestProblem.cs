namespace MLPipelines.Text;

/// <summary>One support vector machine per class against the rest (or one in all where there are two classes), solved in blocks of classes.</summary>
internal sealed class OneVersusRestProblem : IDisposable
{
    private const float Tolerance = 0.1f;
    private const int MaximumPasses = 20;
    private readonly ClassBlock[] _blocks;
    private readonly int _featureCount;
    private readonly int _seed;
    private readonly ParallelOptions _parallel;

    public OneVersusRestProblem(SparseRows rows, int[] labels, int classCount, int seed, ParallelOptions parallel)
    {
        _featureCount = rows.FeatureCount;
        _seed = seed;
        _parallel = parallel;
        ColumnCount = Columns(classCount);
        if (ColumnCount == 1)
            labels = Array.ConvertAll(labels, label => label - 1);
        var norms = new float[rows.RowCount];
        for (int row = 0; row < norms.Length; row++)
        {
            rows.Features(row, out ReadOnlySpan<float> values);
            float sum = 1;
            foreach (float value in values)
                sum += value * value;
            norms[row] = sum;
        }
        _blocks = new ClassBlock[(ColumnCount + ClassBlock.MaximumLanes - 1) / ClassBlock.MaximumLanes];
        for (int b = 0; b < _blocks.Length; b++)
        {
            int first = b * ClassBlock.MaximumLanes;
            _blocks[b] = new ClassBlock(rows, labels, norms, first, Math.Min(ClassBlock.MaximumLanes, ColumnCount - first));
        }
    }

    /// <summary>Columns of scores and weights: one, for class 1 against class 0, where there are two classes; else one a class.</summary>
    public int ColumnCount { get; }

    public static int Columns(int classCount) => classCount == 2 ? 1 : classCount;

    public void Dispose()
    {
        foreach (ClassBlock block in _blocks)
            block.Dispose();
    }

    /// <summary>Solves for one cost, starting from the solution for the last one.</summary>
    public void Solve(float cost) =>
        Parallel.ForEach(_blocks, _parallel, block => block.Solve(cost, Tolerance, MaximumPasses, _seed, _parallel.CancellationToken));

    /// <summary>Puts the scores of <paramref name="rows"/> into the given rows of a row-major matrix.</summary>
    public void Score(SparseRows rows, float[] scores, int[] targetRows) =>
        Parallel.ForEach(_blocks, _parallel, block => block.Score(rows, scores, ColumnCount, targetRows, _parallel.CancellationToken));

    /// <summary>The weights, feature by feature, and in the last row the biases.</summary>
    public float[] Weights()
    {
        var weights = new float[checked((_featureCount + 1) * ColumnCount)];
        foreach (ClassBlock block in _blocks)
            block.CopyWeights(weights, ColumnCount);
        return weights;
    }
}
