using Microsoft.ML;
using MLPipelines.Data;
using MLPipelines.Text;

namespace MLPipelines.Sweeps;

/// <summary>Tunes a sentiment classifier, which is an encoder with a scale: the labels' names tell their polarity.</summary>
public sealed class SentimentSweepTask : TextSweepTask
{
    /// <summary>The name of the task.</summary>
    public const string TaskName = "sentiment";

    private static readonly (string Role, string[] Usual) Text = ("text", ["text", "Text", "content"]), Label = ("label", ["label", "Label", "sentiment"]);

    private SentimentSweepTask(IReadOnlyList<SweepFamily> families, SweepInput input, (TextRows? Data, TextRows? Validation) rows, List<string> faults)
        : base(families, input, rows.Data, rows.Validation, hasClasses: true, faults)
    {
    }

    /// <inheritdoc/>
    public override string Name => TaskName;

    /// <inheritdoc/>
    public override IReadOnlyList<SweepMetric> Metrics => ClassifierJudge.Metrics;

    private protected override string ModelTask => "sentiment-analysis";

    internal static SentimentSweepTask Open(SweepInput input)
    {
        var faults = new List<string>();
        var settings = new JobSettings(input.Job, faults);
        var encoders = new EncoderSettings(settings, faults);
        settings.RefuseOthers();
        var family = EncoderFamily.Of<SentimentOptions>(encoders)
            .Number("label-smoothing", 0, 0.2, 0, (options, value) => options.LabelSmoothing = value)
            .OneOf("class-weighting", ClassWeighting.None, (options, value) => options.ClassWeighting = value)
            .Build();
        return new SentimentSweepTask(JobChecks.Families(input.Job, [family], [family.Name], faults), input, Read(input, Text, Label, faults), faults);
    }

    private protected override ITransformer Fit(MLContext context, object options, IDataView rows, FitSettings settings)
    {
        var encoder = (SentimentOptions)options;
        (encoder.Training!.Seed, encoder.Training.Progress, encoder.Training.CancellationToken) = (settings.Seed, settings.Progress, settings.CancellationToken);
        return context.MulticlassClassification.Trainers.Sentiment(encoder).Fit(rows);
    }

    private protected override double Judge(MLContext context, ITransformer model, IReadOnlyList<TextLabel> rows, string metric, CancellationToken cancellation) =>
        ClassifierJudge.Judge(context, model, rows, metric, cancellation);

    private protected override string EpochMetric(object options, string metric) => ClassifierJudge.EpochMetric(metric);

    private protected override IReadOnlyList<string>? LabelsOf(ITransformer model) => ((SentimentTransformer)model).Labels;
}
