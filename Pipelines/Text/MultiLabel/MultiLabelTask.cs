using MLPipelines.Text.Encoders;
using MLPipelines.Training;
using TorchSharp;
using static TorchSharp.torch.nn;

namespace MLPipelines.Text;

/// <summary>Learns any number of labels a text: binary cross entropy of each label.</summary>
internal sealed class MultiLabelTask(EncoderModel model, FineTuningData data, bool[][] trainLabels, bool[][] validationLabels, float[] positiveWeights)
    : FineTuningTask(model, data)
{
    private readonly int _labels = positiveWeights.Length;

    public override MicroBatchLoss Loss(int[] examples, TrainingContext context)
    {
        var logits = Logits(examples, context);
        var targets = new float[examples.Length * _labels];
        for (int i = 0; i < examples.Length; i++)
        {
            for (int label = 0; label < _labels; label++)
                targets[i * _labels + label] = trainLabels[examples[i]][label] ? 1 : 0;
        }
        var target = torch.tensor(targets, [examples.Length, _labels], device: context.Device);
        var weight = torch.tensor(positiveWeights, [_labels], device: context.Device);
        var loss = functional.binary_cross_entropy_with_logits(logits, target, pos_weights: weight);
        return new MicroBatchLoss(loss, examples.Length);
    }

    public override ValidationResult? Validate(TrainingContext context, CancellationToken cancellationToken)
    {
        if (validationLabels.Length == 0)
            return null;
        int[] support = new int[_labels], predicted = new int[_labels], correct = new int[_labels];
        double loss = 0;
        RunValidation((row, logits) =>
        {
            for (int label = 0; label < logits.Length; label++)
            {
                bool right = validationLabels[row][label], given = logits[label] > 0;
                support[label] += right ? 1 : 0;
                predicted[label] += given ? 1 : 0;
                correct[label] += right && given ? 1 : 0;
                double x = right ? -logits[label] : logits[label];
                loss += Math.Max(x, 0) + Math.Log(1 + Math.Exp(-Math.Abs(x)));
            }
        }, cancellationToken);
        loss /= (double)validationLabels.Length * _labels;
        double micro = new LabelMetrics("all", support.Sum(), predicted.Sum(), correct.Sum()).F1;
        return new ValidationResult("loss", loss, false, new Dictionary<string, double> { ["loss"] = loss, ["micro F1 at 0.5"] = micro, ["macro F1 at 0.5"] = LabelMetrics.MacroF1(support, predicted, correct) });
    }

    protected override string TargetOf(int example) => string.Concat(trainLabels[example].Select(right => right ? '1' : '0'));
}
