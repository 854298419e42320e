namespace MLPipelines.Recommendation;

/// <summary>Alternates: the factors of users from those of items, then the other way around.</summary>
internal sealed unsafe class AlsTrainer
{
    // A thread takes so much at a time, and looks for cancellation between.
    private const int LinesInBlock = 128;
    private const int InteractionsInBlock = 16_384;

    private readonly InteractionMatrix _data;
    private readonly ImplicitAlsOptions _options;
    private readonly int _width;
    private readonly int[] _userBlocks;
    private readonly int[] _itemBlocks;

    public AlsTrainer(InteractionMatrix data, ImplicitAlsOptions options)
        : this(data, options, Registers.Width)
    {
    }

    /// <summary>With registers of a given width: 16, 8 or 4 numbers.</summary>
    public AlsTrainer(InteractionMatrix data, ImplicitAlsOptions options, int width)
    {
        (_data, _options, _width) = (data, options, width);
        Numbers = options.NumbersFor(data);
        Users = new FactorMatrix(data.Users.Count, options.Factors);
        Items = new FactorMatrix(data.Items.Count, options.Factors);
        _userBlocks = Blocks(data);
        _itemBlocks = Blocks(data.Transposed);
        var random = new SplitMix64((ulong)options.Seed);
        float deviation = options.InitialDeviation / MathF.Sqrt(options.Factors);
        for (int item = 0; item < Items.Rows; item++)
        {
            foreach (ref float value in Items[item])
                value = deviation * random.NextNormal();
        }
    }

    public AlsObjectiveNumbers Numbers { get; }

    public FactorMatrix Users { get; }

    public FactorMatrix Items { get; }

    /// <summary>Runs all iterations; at the end, the factors of users are those that their items give exactly, as in fold-in.</summary>
    /// <exception cref="InvalidOperationException">The factors grew beyond all bounds.</exception>
    public void Train()
    {
        for (int iteration = 1; iteration <= _options.Iterations; iteration++)
        {
            Epoch();
            if (!Users.IsFinite() || !Items.IsFinite())
                throw RecommendationErrors.Diverged(ImplicitAlsModel.Name, "Raise Regularization, lower Alpha, or scale the weights down.");
            _options.Progress?.Report(new RecommenderProgress(iteration, _options.Iterations, null));
        }
        Finish();
    }

    /// <summary>Both halves of one iteration.</summary>
    public void Epoch()
    {
        Solve(_data, _userBlocks, Users, Items, isExact: false);
        Solve(_data.Transposed, _itemBlocks, Items, Users, isExact: false);
    }

    public void Finish() => Solve(_data, _userBlocks, Users, Items, isExact: true);

    private void Solve(InteractionMatrix lines, int[] blocks, FactorMatrix sought, FactorMatrix known, bool isExact)
    {
        var problem = new AlsProblem(known, Numbers, _options.Parallelism, _width);
        var token = _options.CancellationToken;
        int next = -1;
        Parallel.For(0, _options.Threads, _options.Parallelism, _ =>
        {
            var solver = LineSolver.Create(problem, _options.Solver, _options.ConjugateGradientSteps);
            int block;
            while ((block = Interlocked.Increment(ref next)) < blocks.Length - 1)
            {
                token.ThrowIfCancellationRequested();
                for (int line = blocks[block]; line < blocks[block + 1]; line++)
                {
                    var weights = lines.Weights is { } all ? all.AsSpan(lines.Starts[line], lines.Degree(line)) : default;
                    if (lines.Degree(line) > 0)
                        solver.Solve(lines.Of(line), weights, sought.RowStart(line), isExact);
                    else
                        sought[line].Clear();
                }
            }
        });
        GC.KeepAlive(sought);
        GC.KeepAlive(known);
    }

    /// <summary>The first line of each block, and the end.</summary>
    private static int[] Blocks(InteractionMatrix lines)
    {
        var blocks = new List<int> { 0 };
        for (int line = 1; line < lines.Users.Count; line++)
        {
            if (line - blocks[^1] >= LinesInBlock || lines.Starts[line] - lines.Starts[blocks[^1]] >= InteractionsInBlock)
                blocks.Add(line);
        }
        blocks.Add(lines.Users.Count);
        return [.. blocks];
    }
}
