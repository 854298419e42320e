using Microsoft.ML;
using MLPipelines.Text.Encoders;
using MLPipelines.Training;

namespace MLPipelines.Text;

/// <summary>Trains a classifier with one label a text: read, split, train, calibrate.</summary>
internal static class SingleLabelTraining
{
    // With fewer rows the temperature would fit their chance.
    private const int FewestRowsToCalibrateOn = 20;

    internal sealed record Trained(EncoderRunner Runner, double Temperature, TrainingResult Result);

    /// <param name="input">The rows.</param>
    /// <param name="options">Options, already validated.</param>
    /// <param name="settings">How classes are weighted and targets softened.</param>
    /// <param name="checkLabels">Refuses labels that cannot be, before any training.</param>
    public static Trained Run(IDataView input, TextFineTuningOptions options, ClassifierSettings settings, Action<IReadOnlyList<string>>? checkLabels = null)
    {
        var cancellation = options.EffectiveTraining.CancellationToken;
        cancellation.ThrowIfCancellationRequested();
        var (texts, labels, names) = LabelledTexts.Read(input, options.TextColumnName, options.LabelColumnName, cancellation);
        checkLabels?.Invoke(names);
        float[] weights = settings.WeightsOf(names, labels);
        var (train, validation) = TextRows.Split(texts.Count, row => labels[row], options.ValidationFraction, options.EffectiveTraining.Seed);
        int[] trainLabels = Array.ConvertAll(train, row => labels[row]), validationLabels = Array.ConvertAll(validation, row => labels[row]);
        string[] all = [.. texts.Select(text => text ?? "")];

        var (runner, result) = FineTuner.Train(
            options, all, train, validation,
            (opened, seed) => opened.MakeSequenceClassifier(names, EncoderProblemType.SingleLabel, seed),
            (model, data) => new SingleLabelTask(model, data, trainLabels, validationLabels, weights, settings));
        try
        {
            return new Trained(runner, Calibrate(runner, [.. validation.Select(row => all[row])], validationLabels, cancellation), result);
        }
        catch
        {
            runner.Dispose();
            throw;
        }
    }

    private static double Calibrate(EncoderRunner runner, string[] texts, int[] labels, CancellationToken cancellation)
    {
        if (texts.Length < FewestRowsToCalibrateOn)
            return 1;
        var logits = new float[texts.Length][];
        runner.Run(texts, (row, output) => logits[row] = output.ToArray(), cancellation);
        return TemperatureScaling.Fit(logits, labels);
    }
}
