using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Trainers;

namespace Microsoft.ML.Calibrators;

/// <summary>An estimator that has a trainer of calibrators.</summary>
internal interface IHasCalibratorTrainer
{
    CalibratorTrainer CalibratorTrainer { get; }
}

/// <summary>Makes calibrators of scores and labels.</summary>
internal abstract class CalibratorTrainer
{
    private const int MostExamples = 1_000_000;

    protected CalibratorTrainer(IHostEnvironment env, string name)
    {
        Contracts.CheckValue(env, nameof(env));
        Host = env.Register(name);
    }

    /// <summary>Whether the calibrator depends on examples.</summary>
    public virtual bool NeedsTraining => true;

    protected IHost Host { get; }

    /// <summary>Makes a calibrator of the scored examples given so far; the next one starts anew.</summary>
    public abstract ICalibrator Finish();

    public abstract void Add(float score, bool isPositive, float weight);

    /// <summary>Trains on the columns of scored data; the weights may be null.</summary>
    public ICalibrator Train(IDataView scored, string labelColumn, string scoreColumn, string weightColumn = null, int maximumCount = MostExamples)
    {
        Contracts.CheckValue(scored, nameof(scored));
        if (!NeedsTraining)
            return Finish();
        var label = scored.Schema[labelColumn];
        var score = scored.Schema[scoreColumn];
        var weight = weightColumn == null ? null : scored.Schema.GetColumnOrNull(weightColumn);
        if (weightColumn != null && weight == null)
            throw Contracts.ExceptSchemaMismatch(nameof(weightColumn), "weight", weightColumn);
        DataViewSchema.Column[] columns = weight is { } used ? [label, score, used] : [label, score];
        using var cursor = scored.GetRowCursor(columns);
        var labelGetter = TrainingGetters.Label(cursor, label);
        var scoreGetter = cursor.GetGetter<float>(score);
        var weightGetter = TrainingGetters.WeightOrNull(cursor, weight);
        float labelValue = 0, scoreValue = 0, weightValue = 1;
        for (int count = 0; cursor.MoveNext();)
        {
            labelGetter(ref labelValue);
            scoreGetter(ref scoreValue);
            weightGetter?.Invoke(ref weightValue);
            if (!float.IsFinite(labelValue) || !float.IsFinite(scoreValue) || !float.IsFinite(weightValue))
                continue;
            Add(scoreValue, labelValue > 0, weightValue);
            if (maximumCount > 0 && ++count >= maximumCount)
                break;
        }
        return Finish();
    }
}

/// <summary>Cuts the range of the scores into bins.</summary>
internal sealed class NaiveCalibratorTrainer(IHostEnvironment env) : CalibratorTrainer(env, "NaiveCalibrator")
{
    private const int BinCount = 200;

    // Kept from one training to the next.
    private readonly List<float> _positives = [];
    private readonly List<float> _negatives = [];

    public override void Add(float score, bool isPositive, float weight) => (isPositive ? _positives : _negatives).Add(score);

    public override ICalibrator Finish()
    {
        Contracts.Check(_positives.Count > 0, "Calibrator trained on zero instances.");
        float min = float.PositiveInfinity;
        float max = float.NegativeInfinity;
        foreach (float score in _positives.Concat(_negatives))
        {
            min = Math.Min(min, score);
            max = Math.Max(max, score);
        }
        float size = (max - min) / BinCount;
        var positives = Count(_positives, min, size);
        var negatives = Count(_negatives, min, size);
        var shares = new float[BinCount];
        for (int i = 0; i < shares.Length; i++)
            shares[i] = positives[i] + negatives[i] == 0 ? 0 : positives[i] / (positives[i] + negatives[i]);
        return new NaiveCalibrator(Host, min, size, shares);
    }

    private static float[] Count(List<float> scores, float min, float size)
    {
        var bins = new float[BinCount];
        foreach (float score in scores)
            bins[Math.Clamp((int)((score - min) / size), 0, BinCount - 1)]++;
        return bins;
    }
}

/// <summary>Gives calibrators of a fixed slope and offset.</summary>
internal sealed class FixedPlattCalibratorTrainer(IHostEnvironment env, double slope, double offset) : CalibratorTrainer(env, "FixedPlattCalibration")
{
    public override bool NeedsTraining => false;

    public override void Add(float score, bool isPositive, float weight)
    {
    }

    public override ICalibrator Finish() => new PlattCalibrator(Host, slope, offset);
}

/// <summary>A trainer that looks at all scored examples in the order of their scores.</summary>
internal abstract class SortingCalibratorTrainer(IHostEnvironment env, string name) : CalibratorTrainer(env, name)
{
    private ScoredExamples _examples;

    public sealed override void Add(float score, bool isPositive, float weight) =>
        (_examples ??= new ScoredExamples()).Add(new ScoredExample(score, isPositive, weight));

    public sealed override ICalibrator Finish()
    {
        Contracts.Check(_examples != null, "Calibrator trained on zero instances.");
        var sorted = _examples.Sort();
        _examples = null;
        return Make(sorted);
    }

    protected abstract ICalibrator Make(ReadOnlySpan<ScoredExample> examples);

    protected readonly record struct ScoredExample(float Score, bool IsPositive, float Weight);

    /// <summary>A sample of at most a million of the examples.</summary>
    private sealed class ScoredExamples
    {
        private const int Capacity = 1_000_000;

        private static int s_made;

        private readonly List<ScoredExample> _items = [];
        private readonly Random _random = new(Interlocked.Increment(ref s_made) - 1);
        private int _seen;

        public void Add(ScoredExample example)
        {
            if (example.Weight == 0 || float.IsNaN(example.Score))
                return;
            _seen++;
            if (_seen <= Capacity)
            {
                _items.Add(example);
                return;
            }
            int place = _random.Next(_seen);
            if (place < Capacity)
                _items[place] = example;
        }

        public ScoredExample[] Sort()
        {
            ScoredExample[] items = [.. _items];
            Array.Sort(items, 0, items.Length, Comparer<ScoredExample>.Create((x, y) => x.Score.CompareTo(y.Score)));
            return items;
        }
    }
}

/// <summary>Fits a logistic function by Newton's method with a damped step.</summary>
/// <remarks>J. Platt, "Probabilistic Outputs for Support Vector Machines and Comparisons to Regularized Likelihood Methods" (1999).</remarks>
internal sealed class PlattCalibratorTrainer(IHostEnvironment env) : SortingCalibratorTrainer(env, "PlattCalibration")
{
    private const int MaximumIterations = 100;
    private const double SmallGradient = 1e-9;
    private const double LargestDamping = 1e6;
    private const int CalmIterations = 3;

    protected override ICalibrator Make(ReadOnlySpan<ScoredExample> examples)
    {
        double positives = 0, negatives = 0;
        foreach (ref readonly var example in examples)
        {
            if (example.IsPositive)
                positives += example.Weight;
            else
                negatives += example.Weight;
        }
        if (examples.IsEmpty)
            return new PlattCalibrator(Host, 0, 0);
        double slope = 0;
        double offset = Math.Log((negatives + 1) / (positives + 1));
        double high = (positives + 1) / (positives + 2);
        double low = 1 / (negatives + 2);
        double damping = 0.001;
        double lastError = double.MaxValue / 2;
        var probabilities = new float[examples.Length];
        Array.Fill(probabilities, (float)((positives + 1) / (negatives + positives + 2)));
        int calm = 0;
        for (int iteration = 0; iteration < MaximumIterations; iteration++)
        {
            var (a, b, c, d, e) = Derivatives(examples, probabilities, high, low);
            if (Math.Abs(d) < SmallGradient && Math.Abs(e) < SmallGradient)
                break;
            double startSlope = slope, startOffset = offset;
            double error;
            while (true)
            {
                double determinant = (a + damping) * (b + damping) - c * c;
                if (determinant == 0)
                {
                    damping *= 10;
                    continue;
                }
                slope = startSlope + ((b + damping) * d - c * e) / determinant;
                offset = startOffset + ((a + damping) * e - c * d) / determinant;
                error = Predict(examples, probabilities, slope, offset, high, low);
                if (error < lastError * (1 + 1e-7))
                {
                    damping *= 0.1;
                    break;
                }
                damping *= 10;
                if (damping >= LargestDamping)
                    break;
            }
            double change = error - lastError;
            double scale = 0.5 * (error + lastError + 1);
            calm = change > -1e-3 * scale && change < 1e-7 * scale ? calm + 1 : 0;
            lastError = error;
            if (calm == CalmIterations)
                break;
        }
        return new PlattCalibrator(Host, slope, offset);
    }

    /// <summary>The Hessian [a c; c b] and the gradient [d e] of the cross-entropy.</summary>
    private static (double A, double B, double C, double D, double E) Derivatives(ReadOnlySpan<ScoredExample> examples, float[] probabilities, double high, double low)
    {
        double a = 0, b = 0, c = 0, d = 0, e = 0;
        for (int i = 0; i < examples.Length; i++)
        {
            var (score, isPositive, weight) = examples[i];
            float probability = probabilities[i];
            double curvature = probability * (1 - probability) * weight;
            double slope = (probability - (isPositive ? high : low)) * weight;
            a += score * score * curvature;
            b += curvature;
            c += score * curvature;
            d += score * slope;
            e += slope;
        }
        return (a, b, c, d, e);
    }

    /// <summary>Writes the probabilities of the examples; gives their cross-entropy.</summary>
    private static double Predict(ReadOnlySpan<ScoredExample> examples, float[] probabilities, double slope, double offset, double high, double low)
    {
        const double LowestLog = -200;

        double error = 0;
        for (int i = 0; i < examples.Length; i++)
        {
            var (score, isPositive, weight) = examples[i];
            float probability = PlattCalibrator.Predict(score, slope, offset);
            probabilities[i] = probability;
            double target = isPositive ? high : low;
            double log = probability > 0 ? Math.Log(probability) : LowestLog;
            double logOfOther = probability < 1 ? Math.Log(1 - probability) : LowestLog;
            error -= (target * log + (1 - target) * logOfOther) * weight;
        }
        return error;
    }
}

/// <summary>Fits a function that never falls, by pooling neighbours that would make it fall.</summary>
internal sealed class IsotonicCalibratorTrainer(IHostEnvironment env) : SortingCalibratorTrainer(env, "PAVCalibration")
{
    protected override ICalibrator Make(ReadOnlySpan<ScoredExample> examples)
    {
        var pieces = new List<Piece>();
        foreach (ref readonly var example in examples)
        {
            var piece = new Piece(example.Score, example.Score, example.IsPositive ? 1 : 0, example.Weight);
            while (pieces.Count > 0 && (pieces[^1].Max >= piece.Min || piece.Value <= pieces[^1].Value))
            {
                var last = pieces[^1];
                pieces.RemoveAt(pieces.Count - 1);
                float weight = last.Weight + piece.Weight;
                piece = new Piece(last.Min, piece.Max, (last.Value * last.Weight + piece.Value * piece.Weight) / weight, weight);
            }
            pieces.Add(piece);
        }
        return new IsotonicCalibrator(
            Host,
            [.. pieces.Select(piece => piece.Min)],
            [.. pieces.Select(piece => piece.Max)],
            [.. pieces.Select(piece => piece.Value)]);
    }

    private readonly record struct Piece(float Min, float Max, float Value, float Weight);
}
