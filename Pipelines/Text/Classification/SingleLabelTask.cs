using System.Globalization;
using MLPipelines.Text.Encoders;
using MLPipelines.Training;
using TorchSharp;
using static TorchSharp.torch.nn;

namespace MLPipelines.Text;

/// <summary>Learns one class a text: cross entropy over a softmax, with weighted rows, smoothed labels and mixup.</summary>
internal sealed class SingleLabelTask(EncoderModel model, FineTuningData data, int[] trainLabels, int[] validationLabels, float[] classWeights, ClassifierSettings settings)
    : FineTuningTask(model, data)
{
    private readonly int _classes = classWeights.Length;

    public override MicroBatchLoss Loss(int[] examples, TrainingContext context)
    {
        var logits = Logits(examples, context);
        var targets = new float[examples.Length * _classes];
        var weights = new float[examples.Length];
        float rest = (float)(settings.LabelSmoothing / _classes);
        for (int i = 0; i < examples.Length; i++)
        {
            int label = trainLabels[examples[i]];
            targets.AsSpan(i * _classes, _classes).Fill(rest);
            targets[i * _classes + label] += (float)(1 - settings.LabelSmoothing);
            weights[i] = classWeights[label];
        }
        if (settings.Mixup > 0 && examples.Length > 1)
            logits = Mix(logits, targets, weights, context);
        double total = weights.Sum(weight => (double)weight);
        var target = torch.tensor(targets, [examples.Length, _classes], device: context.Device);
        var weight = torch.tensor(weights, [examples.Length, 1], device: context.Device);
        var loss = (functional.log_softmax(logits, 1) * target * weight).sum().neg() / total;
        return new MicroBatchLoss(loss, total);
    }

    public override ValidationResult? Validate(TrainingContext context, CancellationToken cancellationToken)
    {
        if (validationLabels.Length == 0)
            return null;
        int[] support = new int[_classes], predicted = new int[_classes], correct = new int[_classes];
        double loss = 0;
        RunValidation((row, logits) =>
        {
            int best = TextClassificationMetrics.Largest(logits);
            support[validationLabels[row]]++;
            predicted[best]++;
            correct[best] += best == validationLabels[row] ? 1 : 0;
            loss -= Math.Log(Math.Max(TemperatureScaling.Probabilities(logits, 1)[validationLabels[row]], TextClassificationMetrics.SmallestProbability));
        }, cancellationToken);
        double accuracy = (double)correct.Sum() / validationLabels.Length;
        return new ValidationResult(
            "accuracy", accuracy, true,
            new Dictionary<string, double> { ["accuracy"] = accuracy, ["log-loss"] = loss / validationLabels.Length, ["macro F1"] = LabelMetrics.MacroF1(support, predicted, correct) });
    }

    protected override string TargetOf(int example) => trainLabels[example].ToString(CultureInfo.InvariantCulture);

    // The last layer is linear, so mixing what it reads is mixing what it gives.
    private torch.Tensor Mix(torch.Tensor logits, float[] targets, float[] weights, TrainingContext context)
    {
        int rows = weights.Length;
        float share = (float)Beta(settings.Mixup, context.Random);
        long[] partners = [.. Enumerable.Range(0, rows).Select(row => (long)row)];
        context.Random.Shuffle(partners);
        var (ownTargets, ownWeights) = ((float[])targets.Clone(), (float[])weights.Clone());
        for (int row = 0; row < rows; row++)
        {
            int partner = (int)partners[row];
            weights[row] = share * ownWeights[row] + (1 - share) * ownWeights[partner];
            for (int label = 0; label < _classes; label++)
                targets[row * _classes + label] = share * ownTargets[row * _classes + label] + (1 - share) * ownTargets[partner * _classes + label];
        }
        var others = logits.index_select(0, torch.tensor(partners, [rows], device: context.Device));
        return logits * share + others * (1 - share);
    }

    /// <summary>A number from Beta(α, α): for equal gamma variates X and Y, X / (X + Y).</summary>
    private static double Beta(double alpha, Random random)
    {
        double x = Gamma(alpha, random), y = Gamma(alpha, random);
        // For a tiny α both can come out as 0.
        return x + y > 0 ? x / (x + y) : random.Next(2);
    }

    /// <summary>After Marsaglia and Tsang, "A simple method for generating gamma variables" (2000).</summary>
    private static double Gamma(double shape, Random random)
    {
        if (shape < 1)
            return Gamma(shape + 1, random) * Math.Pow(1 - random.NextDouble(), 1 / shape);
        double d = shape - 1.0 / 3, c = 1 / Math.Sqrt(9 * d);
        while (true)
        {
            double normal = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
            double v = Math.Pow(1 + c * normal, 3);
            if (v > 0 && Math.Log(1 - random.NextDouble()) < normal * normal / 2 + d - d * v + d * Math.Log(v))
                return d * v;
        }
    }
}
