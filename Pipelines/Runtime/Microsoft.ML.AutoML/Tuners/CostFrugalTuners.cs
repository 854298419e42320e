namespace Microsoft.ML.AutoML;

/// <summary>
/// A walk that begins at the cheapest point, the default, goes in random directions where they lead down, in the opposite ones otherwise, by steps that shrink when neither does, and begins
/// anew elsewhere when they have become small (FLOW2 of Wu, Wang and Huang, "Frugal optimization for cost-related hyperparameters", 2021). A choice without an order now and then becomes another.
/// </summary>
/// <param name="coordinates">The space.</param>
/// <param name="free">The coordinates that the walk varies.</param>
/// <param name="start">Where it begins; the other coordinates stay there.</param>
/// <param name="random">Random numbers.</param>
internal sealed class FrugalWalk(Coordinates coordinates, int[] free, double[] start, Random random)
{
    private const double SmallestStep = 2e-4;

    private readonly Dictionary<double[], (double[] Direction, bool IsOpposite, int Walk)> _moves = [];
    private readonly Queue<(double[] Direction, int Walk)> _opposites = new();
    private double[] _at;
    private double _loss = double.PositiveInfinity;
    private double _step;
    private int _failures;
    private int _walk;
    private bool _hasBegun;

    private double FirstStep => 0.1 * Math.Sqrt(free.Length);

    public double[] Next()
    {
        if (_at is null)
        {
            _step = FirstStep;
            bool isFirst = !_hasBegun;
            _hasBegun = true;
            return isFirst ? [.. start] : At(i => random.NextDouble());
        }
        var (direction, isOpposite) = NextDirection();
        int d = 0;
        var point = At(i =>
        {
            double along = direction[d++];
            if (coordinates.Choices[i] > 0)
                return random.NextDouble() < Math.Max(0.3, _step) ? (_at[i] + (1.0 + random.Next(coordinates.Choices[i] - 1)) / coordinates.Choices[i]) % 1 : _at[i];
            return Coordinates.Reflect(_at[i] + (isOpposite ? -1 : 1) * Step(i) * along);
        });
        _moves[point] = (direction, isOpposite, _walk);
        return point;
    }

    public void Learn(double[] point, double loss)
    {
        bool isMove = _moves.Remove(point, out var move);
        if (!_hasBegun)
            (_hasBegun, _step) = (true, FirstStep);
        if (loss < _loss)
        {
            (_at, _loss, _failures) = (point, loss, 0);
            return;
        }
        if (!isMove || move.Walk != _walk)
            return;
        if (!move.IsOpposite)
            _opposites.Enqueue((move.Direction, _walk));
        else if (++_failures >= Math.Min(1 << Math.Min(free.Length - 1, 10), 4))
        {
            _failures = 0;
            _step /= 2;
            if (_step < SmallestStep * Math.Sqrt(free.Length))
            {
                _walk++;
                (_at, _loss) = (null, double.PositiveInfinity);
            }
        }
    }

    /// <summary>A step leads, as often as not, from one whole number to another.</summary>
    private double Step(int coordinate) => Math.Max(_step, coordinates.Gaps[coordinate] * Math.Sqrt(free.Length));

    private double[] At(Func<int, double> value)
    {
        double[] point = [.. start];
        foreach (int i in free)
            point[i] = value(i);
        return coordinates.Canonical(point);
    }

    private (double[] Direction, bool IsOpposite) NextDirection()
    {
        while (_opposites.TryDequeue(out var opposite))
        {
            if (opposite.Walk == _walk)
                return (opposite.Direction, true);
        }
        var direction = new double[free.Length];
        for (int i = 0; i < direction.Length; i++)
            direction[i] = Coordinates.Normal(random);
        double length = Math.Sqrt(direction.Sum(value => value * value));
        return (Array.ConvertAll(direction, value => value / length), false);
    }
}

/// <summary>One walk over the whole space.</summary>
internal sealed class CostFrugalTuner : PointTuner
{
    private readonly FrugalWalk _walk;

    public CostFrugalTuner(SearchSpace.SearchSpace space, int? seed)
        : base(space, seed) =>
        _walk = new FrugalWalk(Coordinates, [.. Enumerable.Range(0, Coordinates.Count)], Coordinates.Default, Random);

    protected override double[] Next() => _walk.Next();

    protected override void Learn(double[] point, double loss, double cost) => _walk.Learn(point, loss);
}

/// <summary>
/// A walk for each way through a pipeline, over the parameters of its own estimators. Which one goes on is drawn: the less it is expected to cost until it beats the best of all, the more
/// often ("estimated cost for improvement" of Wang, Wu, Weimer and Zhu, "FLAML: a fast and lightweight AutoML library", 2021).
/// </summary>
internal sealed class EciCostFrugalTuner : PointTuner
{
    private readonly Learner[] _learners;
    private readonly int _schemaAt;
    private double _bestLoss = double.PositiveInfinity;
    private bool _hasBegun;

    public EciCostFrugalTuner(SweepablePipeline pipeline, AutoMLExperiment.AutoMLExperimentSettings settings)
        : base(settings.SearchSpace, settings.Seed)
    {
        const string pipelinePath = AutoMLExperiment.PipelineSearchSpace + "/";
        string schemaPath = pipelinePath + SweepablePipeline.SchemaOption;
        int[] schema = Coordinates.Where(path => path == schemaPath);
        _schemaAt = schema.Length == 1 ? schema[0] : -1;
        string[][] terms = [.. pipeline.Terms];
        _learners = [.. terms.Select((names, number) =>
        {
            var own = names.Select(name => pipelinePath + name + "/").ToArray();
            int[] free = Coordinates.Where(path => !path.StartsWith(pipelinePath, StringComparison.Ordinal) || own.Any(prefix => path.StartsWith(prefix, StringComparison.Ordinal)));
            double[] start = Coordinates.Default;
            if (_schemaAt >= 0)
                start[_schemaAt] = (number + 0.5) / terms.Length;
            return new Learner(new FrugalWalk(Coordinates, free, start, Random), free.Length);
        })];
    }

    protected override double[] Next()
    {
        int chosen = _hasBegun ? Draw() : 0;
        _hasBegun = true;
        return _learners[chosen].Walk.Next();
    }

    protected override void SkipOne() => _hasBegun = true;

    protected override void Learn(double[] point, double loss, double cost)
    {
        var learner = _learners[_schemaAt < 0 ? 0 : Math.Min(_learners.Length - 1, (int)(point[_schemaAt] * _learners.Length))];
        learner.Walk.Learn(point, loss);
        learner.Spend(loss, cost);
        _bestLoss = Math.Min(_bestLoss, loss);
    }

    private int Draw()
    {
        double leastCost = _learners.Where(learner => learner.Cost > 0).Select(learner => learner.FirstCost).DefaultIfEmpty(1).Min();
        double[] weights = Array.ConvertAll(_learners, learner => 1 / learner.ExpectedCost(_bestLoss, leastCost));
        double left = Random.NextDouble() * weights.Sum();
        for (int i = 0; i < weights.Length - 1; i++)
        {
            if ((left -= weights[i]) < 0)
                return i;
        }
        return weights.Length - 1;
    }

    /// <summary>What one way through the pipeline has cost and brought.</summary>
    private sealed class Learner(FrugalWalk walk, int dimensions)
    {
        private double _loss = double.PositiveInfinity;
        private double _gain;
        private double _costAtBest;
        private double _costAtSecond;

        public FrugalWalk Walk => walk;

        public double Cost { get; private set; }

        public double FirstCost { get; private set; }

        public void Spend(double loss, double cost)
        {
            if (Cost == 0)
                FirstCost = cost;
            Cost += cost;
            if (loss >= _loss)
                return;
            _gain = double.IsFinite(_loss) ? _loss - loss : 0;
            (_costAtSecond, _costAtBest, _loss) = (_costAtBest, Cost, loss);
        }

        /// <summary>The milliseconds until it beats <paramref name="best"/>, at the pace at which it became better so far.</summary>
        public double ExpectedCost(double best, double leastCost)
        {
            if (Cost == 0)
                return leastCost;
            double own = Math.Max(Math.Max(Cost - _costAtBest, _costAtBest - _costAtSecond), 1);
            if (dimensions == 0 || double.IsPositiveInfinity(_loss))
                return Cost * 10;
            return _loss > best && _gain > 0 ? Math.Max(own, 2 * (_loss - best) * Math.Max(_costAtBest - _costAtSecond, 1) / _gain) : _loss > best ? Math.Max(own, Cost * 2) : own;
        }
    }
}
