namespace MLPipelines.Training;

/// <summary>How fast a run goes, and how long it will still take.</summary>
/// <param name="options">How often it validates.</param>
/// <param name="batchesPerEpoch">Steps per epoch.</param>
/// <param name="totalSteps">All steps.</param>
internal sealed class Pace(TrainingOptions options, long batchesPerEpoch, long totalSteps)
{
    private const int Window = 20;
    private readonly Queue<(double Seconds, long Tokens)> _steps = new();
    private double _seconds;
    private long _tokens;
    private double _validationSeconds;
    private int _validations;

    /// <summary>Tokens per second over the last steps.</summary>
    public double TokensPerSecond => _seconds > 0 ? _tokens / _seconds : 0;

    public void AddStep(double seconds, long tokens)
    {
        _steps.Enqueue((seconds, tokens));
        _seconds += seconds;
        _tokens += tokens;
        if (_steps.Count > Window)
        {
            var (oldSeconds, oldTokens) = _steps.Dequeue();
            _seconds -= oldSeconds;
            _tokens -= oldTokens;
        }
    }

    public void AddValidation(double seconds)
    {
        _validationSeconds += seconds;
        _validations++;
    }

    /// <summary>Time that the steps after this one will take, and the validations among them as far as their pace is known.</summary>
    public TimeSpan Remaining(long step)
    {
        long steps = Math.Max(0, totalSteps - step);
        long every = options.ValidateEvery ?? batchesPerEpoch;
        double validations = Math.Ceiling(steps / (double)every);
        double seconds = steps * (_steps.Count == 0 ? 0 : _seconds / _steps.Count) + validations * (_validations == 0 ? 0 : _validationSeconds / _validations);
        return TimeSpan.FromSeconds(Math.Min(seconds, TimeSpan.MaxValue.TotalSeconds / 2));
    }
}
