using Microsoft.ML;
using Microsoft.ML.Data;
using MLPipelines.Data;
using MLPipelines.Text;

namespace MLPipelines.Sweeps;

/// <summary>Tunes a classifier with one label a text: linear over n-grams, an encoder, or whichever does better.</summary>
public sealed class TextClassificationSweepTask : TextSweepTask
{
    /// <summary>The name of the task.</summary>
    public const string TaskName = "text-classification";

    private static readonly (string Role, string[] Usual) Text = ("text", ["text", "Text", "content"]), Label = ("label", ["label", "Label"]);

    private TextClassificationSweepTask(IReadOnlyList<SweepFamily> families, SweepInput input, (TextRows? Data, TextRows? Validation) rows, List<string> faults)
        : base(families, input, rows.Data, rows.Validation, hasClasses: true, faults)
    {
    }

    /// <inheritdoc/>
    public override string Name => TaskName;

    /// <inheritdoc/>
    public override IReadOnlyList<SweepMetric> Metrics => ClassifierJudge.Metrics;

    private protected override string ModelTask => TaskName;

    internal static TextClassificationSweepTask Open(SweepInput input)
    {
        var faults = new List<string>();
        var settings = new JobSettings(input.Job, faults);
        var encoders = new EncoderSettings(settings, faults);
        settings.RefuseOthers();
        SweepFamily[] all =
        [
            LinearTextFamily.Of(encoders.Threads),
            EncoderFamily.Of<EncoderTextClassificationOptions>(encoders)
                .Number("label-smoothing", 0, 0.2, 0, (options, value) => options.LabelSmoothing = value)
                .OneOf("class-weighting", ClassWeighting.None, (options, value) => options.ClassWeighting = value)
                .Build(),
        ];
        string[] usual = encoders.Checkpoint is null ? [LinearTextFamily.Name] : [LinearTextFamily.Name, EncoderFamily.Name];
        var families = JobChecks.Families(input.Job, all, usual, faults);
        return new TextClassificationSweepTask(families, input, Read(input, Text, Label, faults), faults);
    }

    private protected override ITransformer Fit(MLContext context, object options, IDataView rows, FitSettings settings)
    {
        if (options is LinearTextClassificationOptions linear)
        {
            (linear.Seed, linear.CancellationToken) = (settings.Seed, settings.CancellationToken);
            if (settings.CrossValidates)
                linear.CalibrationFolds = Job.Folds;
            return context.MulticlassClassification.Trainers.LinearText(linear).Fit(rows);
        }
        var encoder = (EncoderTextClassificationOptions)options;
        (encoder.Training!.Seed, encoder.Training.Progress, encoder.Training.CancellationToken) = (settings.Seed, settings.Progress, settings.CancellationToken);
        return context.MulticlassClassification.Trainers.EncoderText(encoder).Fit(rows);
    }

    private protected override double Judge(MLContext context, ITransformer model, IReadOnlyList<TextLabel> rows, string metric, CancellationToken cancellation) =>
        ClassifierJudge.Judge(context, model, rows, metric, cancellation);

    private protected override string? EpochMetric(object options, string metric) => options is EncoderTextClassificationOptions ? ClassifierJudge.EpochMetric(metric) : null;

    private protected override bool CrossValidatesItself(object options) => options is LinearTextClassificationOptions;

    private protected override double CrossValidated(ITransformer model, string metric)
    {
        var held = ((LinearTextClassificationTransformer)model).HeldOut ?? throw SweepErrors.TooFewRows(Job);
        return metric switch { "macro-f1" => held.MacroF1, "log-loss" => held.LogLoss, _ => held.Accuracy };
    }

    private protected override IReadOnlyList<string>? LabelsOf(ITransformer model) => model is LinearTextClassificationTransformer linear ? linear.Labels : ((EncoderTextClassificationTransformer)model).Labels;
}

/// <summary>Judges classifiers with one label a text. Rows whose label a model does not know count as wrong.</summary>
internal static class ClassifierJudge
{
    private const double SmallestProbability = 1e-15;
    private const int RowsBetweenChecks = 256;

    public static readonly IReadOnlyList<SweepMetric> Metrics = [new("accuracy"), new("macro-f1"), new("micro-f1"), new("log-loss", Maximize: false)];

    /// <summary>What the training loop calls the metric.</summary>
    public static string EpochMetric(string metric) => metric switch { "macro-f1" => "macro F1", "log-loss" => "log-loss", _ => "accuracy" };

    public static double Judge(MLContext context, ITransformer model, IReadOnlyList<TextLabel> rows, string metric, CancellationToken cancellation)
    {
        var scored = model.Transform(context.Data.LoadFromEnumerable(rows));
        var score = scored.Schema["Score"];
        VBuffer<ReadOnlyMemory<char>> slots = default;
        score.GetSlotNames(ref slots);
        string[] names = [.. slots.DenseValues().Select(name => name.ToString())];
        var (support, predicted, correct) = (new Dictionary<string, int>(StringComparer.Ordinal), new Dictionary<string, int>(StringComparer.Ordinal), new Dictionary<string, int>(StringComparer.Ordinal));
        var probabilities = new float[names.Length];
        double loss = 0;
        int hits = 0, row = 0;
        using var cursor = scored.GetRowCursor([score]);
        var read = cursor.GetGetter<VBuffer<float>>(score);
        VBuffer<float> buffer = default;
        for (; cursor.MoveNext(); row++)
        {
            if (row % RowsBetweenChecks == 0)
                cancellation.ThrowIfCancellationRequested();
            read(ref buffer);
            buffer.CopyTo(probabilities);
            string truth = rows[row].Label!, best = names[System.Numerics.Tensors.TensorPrimitives.IndexOfMax<float>(probabilities)];
            int own = Array.IndexOf(names, truth);
            loss -= Math.Log(Math.Max(own < 0 ? 0 : probabilities[own], SmallestProbability));
            support[truth] = support.GetValueOrDefault(truth) + 1;
            predicted[best] = predicted.GetValueOrDefault(best) + 1;
            if (truth == best)
            {
                correct[truth] = correct.GetValueOrDefault(truth) + 1;
                hits++;
            }
        }
        return metric switch
        {
            "log-loss" => loss / row,
            "macro-f1" => support.Keys.Union(predicted.Keys).Average(label => 2.0 * correct.GetValueOrDefault(label) / (support.GetValueOrDefault(label) + predicted.GetValueOrDefault(label))),
            _ => (double)hits / row,
        };
    }
}
