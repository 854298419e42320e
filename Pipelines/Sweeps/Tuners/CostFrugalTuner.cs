using Microsoft.ML.SearchSpace;

namespace MLPipelines.Sweeps;

/// <summary>
/// Walks from the cheapest point, the default of the space, by steps in random directions that shrink where they lead nowhere, and begins anew
/// elsewhere when they have become small (Wu, Wang and Huang, "Frugal optimization for cost-related hyperparameters", 2021; BlendSearch's idea of several walks).
/// </summary>
public sealed class CostFrugalTuner(SearchSpace space, int seed = 1, IReadOnlyList<Condition>? conditions = null) : Tuner(space, seed, conditions)
{
    private const double SmallestStep = 4e-3;

    private readonly Dictionary<double[], (double[] Direction, bool IsOpposite, int Walk)> _moves = [];
    private readonly Queue<(double[] Direction, int Walk)> _opposites = new();
    private double[]? _at;
    private double _loss = double.PositiveInfinity;
    private double _step;
    private int _failures;
    private int _walk;

    private double FirstStep => 0.1 * Math.Sqrt(Cube.Dimensions);

    private protected override double[] Next()
    {
        if (_at is null)
        {
            _step = FirstStep;
            return _walk == 0 && Pending.Count == 0 ? Cube.Default : Start.Next();
        }
        var (direction, isOpposite) = NextDirection();
        var point = new double[_at.Length];
        for (int d = 0; d < point.Length; d++)
        {
            double there = _at[d] + (isOpposite ? -1 : 1) * _step * direction[d];
            point[d] = Cube.Choices[d] > 0 ? NextChoice(d) : ExpectedImprovement.Reflect(there);
        }
        point = Cube.Canonical(point);
        _moves[point] = (direction, isOpposite, _walk);
        return point;
    }

    /// <summary>A choice has no direction: now and then it becomes another.</summary>
    private double NextChoice(int coordinate) => Random.NextDouble() < Math.Max(0.3, _step)
        ? (_at![coordinate] + (1.0 + Random.Next(Cube.Choices[coordinate] - 1)) / Cube.Choices[coordinate]) % 1
        : _at![coordinate];

    private (double[] Direction, bool IsOpposite) NextDirection()
    {
        while (_opposites.TryDequeue(out var opposite))
        {
            if (opposite.Walk == _walk)
                return (opposite.Direction, true);
        }
        var direction = new double[Cube.Dimensions];
        double squares = 0;
        for (int d = 0; d < direction.Length; d++)
        {
            direction[d] = ExpectedImprovement.Normal(Random);
            squares += direction[d] * direction[d];
        }
        for (int d = 0; d < direction.Length; d++)
            direction[d] /= Math.Sqrt(squares);
        return (direction, false);
    }

    private protected override void Learn(Trial trial)
    {
        var move = _moves.FirstOrDefault(entry => entry.Key.AsSpan().SequenceEqual(trial.Point));
        if (move.Key is not null)
            _moves.Remove(move.Key);
        if (_at is null || trial.Loss < _loss)
        {
            if (trial.Succeeded)
                (_at, _loss, _failures) = (trial.Point, trial.Loss, 0);
            return;
        }
        if (move.Key is null || move.Value.Walk != _walk)
            return;
        if (!move.Value.IsOpposite)
            _opposites.Enqueue((move.Value.Direction, _walk));
        else if (++_failures >= Math.Min(1 << Math.Min(Cube.Dimensions - 1, 10), 4))
        {
            _failures = 0;
            _step /= 2;
            if (_step < SmallestStep * Math.Sqrt(Cube.Dimensions))
            {
                _walk++;
                (_at, _loss) = (null, double.PositiveInfinity);
            }
        }
    }
}
