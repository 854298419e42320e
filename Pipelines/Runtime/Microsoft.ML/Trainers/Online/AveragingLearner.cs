using Microsoft.ML.Internal;

namespace Microsoft.ML.Trainers;

/// <summary>Gradient steps whose models are averaged.</summary>
internal sealed class AveragingLearner : OnlineLearner
{
    // Pending steps are added to the average when they are this share of those in it.
    private const float Tolerance = 1e-2f;
    private const float LargestGain = 1000;

    private readonly AveragedLinearOptions _options;
    private readonly IScalarLoss _loss;
    private readonly float[] _totalWeights;
    private readonly long _resetAfter;
    private float _totalBias;
    private double _updates;
    private int _pendingExamples;
    private double _totalSteps;
    private double _pendingSteps;
    private float _gain = 1;
    private long _examplesOfPass;

    public AveragingLearner(float[] weights, float bias, AveragedLinearOptions options, IScalarLoss loss) : base(weights, bias)
    {
        _options = options;
        _loss = loss;
        _resetAfter = options.ResetWeightsAfterXExamples ?? 0;
        if (options.Averaged)
            _totalWeights = [.. weights];
    }

    public override void BeginPass() => _examplesOfPass = 0;

    public override void Learn(in FeatureRow features, float label, float weight)
    {
        _examplesOfPass++;
        float output = Margin(in features);
        if (_loss.Loss(output, label) != 0 || _options.L2Regularization > 0)
            Step(in features, output, label);
        if (!_options.Averaged)
            return;
        if (_options.LazyUpdate)
            _pendingExamples++;
        else
            AddToAverage();
        if (_resetAfter > 0 && _examplesOfPass % _resetAfter == 0)
            ResetToAverage();
    }

    public override void EndPass()
    {
        if (_options.Averaged && _options.LazyUpdate && _pendingExamples > 0)
            AddPending(biasScale: 1);
        base.EndPass();
    }

    public override (float[] Weights, float Bias) Finish()
    {
        if (!_options.Averaged)
            return base.Finish();
        float inverse = 1 / (float)_updates;
        var weights = (float[])_totalWeights.Clone();
        if (inverse != 1)
            VectorMath.Scale(inverse, weights);
        return (weights, _totalBias / (float)_updates);
    }

    private void Step(in FeatureRow features, float output, float label)
    {
        if (_options.LazyUpdate && _options.Averaged && _pendingExamples > 0 && _totalSteps * Tolerance <= _pendingSteps)
            AddPending(Scale);
        float rate = _options.LearningRate;
        if (_options.DecreaseLearningRate)
            rate /= (float)Math.Sqrt((float)_updates + _pendingExamples + 1);
        float biasStep = -rate * _loss.Derivative(output, label);
        features.AddTo(biasStep / Scale, Weights);
        Scale *= 1 - 2 * _options.L2Regularization;
        ApplyScaleIfExtreme();
        Bias += biasStep;
        _pendingSteps += Math.Abs(biasStep);
    }

    /// <summary>Adds the model, once for each example since it last changed.</summary>
    private void AddPending(float biasScale)
    {
        AddTo(_pendingExamples * Scale);
        _totalBias += Bias * _pendingExamples * biasScale;
        _updates += _pendingExamples;
        _pendingExamples = 0;
        _totalSteps += _pendingSteps;
        _pendingSteps = 0;
    }

    private void AddToAverage()
    {
        if (_options.RecencyGain == 0)
        {
            AddTo(Scale);
            _totalBias += Bias;
            _updates++;
            return;
        }
        AddTo(_gain * Scale);
        _totalBias += _gain * Bias;
        _updates += _gain;
        _gain = _options.RecencyGainMultiplicative ? _gain * _options.RecencyGain : _gain + _options.RecencyGain;
        if (_gain <= LargestGain)
            return;
        const float Shrink = 1e-6f;
        _gain *= Shrink;
        _totalBias *= Shrink;
        VectorMath.Scale(Shrink, _totalWeights);
        _updates *= Shrink;
    }

    private void AddTo(float scale)
    {
        if (scale != 0)
            VectorMath.AddMult(scale, Weights, _totalWeights);
    }

    private void ResetToAverage()
    {
        VectorMath.Scale(1 / (float)_updates, _totalWeights, Weights);
        Scale = 1;
        Bias = _totalBias / (float)_updates;
    }
}
