using MLPipelines.Text.Encoders;
using MLPipelines.Tokenization;
using MLPipelines.Training;
using TorchSharp;
using static TorchSharp.torch.nn;

namespace MLPipelines.Text;

/// <summary>Learns a tag for the first token of each word; the other tokens take no part in the loss.</summary>
internal sealed class EntityTask(EncoderModel model, FineTuningData data, int[][] trainTags, int[][] validationTags, SpanScheme scheme) : FineTuningTask(model, data)
{
    public override MicroBatchLoss Loss(int[] examples, TrainingContext context)
    {
        var logits = Logits(examples, context);
        int length = (int)logits.shape[1], labelled = 0;
        var labels = new long[examples.Length * length];
        Array.Fill(labels, EncoderLosses.Ignored);
        for (int i = 0; i < examples.Length; i++)
        {
            foreach (var (token, word) in FirstTokens(Data.Train[examples[i]]))
            {
                labels[i * length + token] = trainTags[examples[i]][word];
                labelled++;
            }
        }
        if (labelled == 0)
            return new MicroBatchLoss(logits.sum() * 0, 0);
        return new MicroBatchLoss(EncoderLosses.Tokens(logits, torch.tensor(labels, [examples.Length, length], device: context.Device)), labelled);
    }

    public override ValidationResult? Validate(TrainingContext context, CancellationToken cancellationToken)
    {
        if (validationTags.Length == 0)
            return null;
        var tags = Model.Config.Labels;
        var predicted = new IReadOnlyList<string>[validationTags.Length];
        double loss = 0;
        int tokens = 0;
        RunValidation((row, logits) =>
        {
            string[] given = new string[validationTags[row].Length];
            Array.Fill(given, BioTags.Outside);
            foreach (var (token, word) in FirstTokens(Data.Validation[row]))
            {
                var own = logits.Slice(token * tags.Count, tags.Count);
                given[word] = tags[TextClassificationMetrics.Largest(own)];
                loss -= Math.Log(Math.Max(TemperatureScaling.Probabilities(own, 1)[validationTags[row][word]], TextClassificationMetrics.SmallestProbability));
                tokens++;
            }
            predicted[row] = given;
        }, cancellationToken);
        var truth = Array.ConvertAll(validationTags, IReadOnlyList<string> (row) => Array.ConvertAll(row, tag => tags[tag]));
        double f1 = SpanMetrics.Of(truth, predicted, scheme).F1;
        return new ValidationResult("span F1", f1, true, new Dictionary<string, double> { ["span F1"] = f1, ["loss"] = LabelMetrics.Ratio(loss, tokens) });
    }

    protected override string TargetOf(int example) => string.Join(' ', trainTags[example]);

    /// <summary>The first token of each word, and which word it is.</summary>
    public static IEnumerable<(int Token, int Word)> FirstTokens(TokenizedText text)
    {
        int last = -1;
        for (int token = 0; token < text.WordIds.Length; token++)
        {
            int word = text.WordIds[token];
            if (word > last)
                yield return (token, last = word);
        }
    }
}
