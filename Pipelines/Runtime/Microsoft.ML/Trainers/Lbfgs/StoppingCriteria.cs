namespace Microsoft.ML.Trainers;

/// <summary>Decides after each iteration of an optimisation whether it has converged.</summary>
internal interface IStoppingCriterion
{
    /// <param name="value">The value of the objective now.</param>
    /// <param name="lastValue">Its value an iteration before.</param>
    /// <param name="iteration">The number of the iteration, from 1.</param>
    bool IsMet(float value, float lastValue, int iteration);
}

/// <summary>Met when the improvement, averaged with geometrically falling weights, is below the tolerance.</summary>
internal sealed class MeanImprovement(float tolerance, int maximumIterations) : IStoppingCriterion
{
    private const float Decay = 0.25f;

    private float _sum;

    public bool IsMet(float value, float lastValue, int iteration)
    {
        _sum = (lastValue - value) + Decay * _sum;
        float mean = _sum * (1 - Decay) / (1 - (float)Math.Pow(Decay, iteration));
        return mean < tolerance || iteration >= maximumIterations;
    }
}

/// <summary>Met when the mean improvement of the last iterations is below the tolerance, as a share of the objective.</summary>
internal sealed class MeanRelativeImprovement(float tolerance, int maximumIterations) : IStoppingCriterion
{
    private const int Window = 5;

    private readonly Queue<float> _values = new(Window);

    public bool IsMet(float value, float lastValue, int iteration)
    {
        if (_values.Count < Window)
        {
            _values.Enqueue(value);
            return false;
        }
        float improvement = (_values.Dequeue() - value) / Window;
        _values.Enqueue(value);
        return improvement / Math.Abs(value) < tolerance || iteration >= maximumIterations;
    }
}
