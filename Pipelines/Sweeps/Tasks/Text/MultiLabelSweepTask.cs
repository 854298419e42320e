using Microsoft.ML;
using MLPipelines.Data;
using MLPipelines.Text;

namespace MLPipelines.Sweeps;

/// <summary>Tunes a classifier whose texts have any number of labels, joined by '|' in the label column.</summary>
public sealed class MultiLabelSweepTask : TextSweepTask
{
    /// <summary>The name of the task.</summary>
    public const string TaskName = "multi-label";

    private static readonly (string Role, string[] Usual) Text = ("text", ["text", "Text", "content"]), Label = ("labels", ["labels", "label", "Label"]);

    private MultiLabelSweepTask(IReadOnlyList<SweepFamily> families, SweepInput input, (TextRows? Data, TextRows? Validation) rows, List<string> faults)
        : base(families, input, rows.Data, rows.Validation, hasClasses: false, faults)
    {
    }

    /// <inheritdoc/>
    public override string Name => TaskName;

    /// <inheritdoc/>
    public override IReadOnlyList<SweepMetric> Metrics { get; } = [new("micro-f1"), new("macro-f1")];

    private protected override string ModelTask => "multi-label-classification";

    internal static MultiLabelSweepTask Open(SweepInput input)
    {
        var faults = new List<string>();
        var settings = new JobSettings(input.Job, faults);
        var encoders = new EncoderSettings(settings, faults);
        settings.RefuseOthers();
        var family = EncoderFamily.Of<MultiLabelTextOptions>(encoders).Number("positive-weighting", 0, 1, 0, (options, value) => options.PositiveWeighting = value).Build();
        return new MultiLabelSweepTask(JobChecks.Families(input.Job, [family], [family.Name], faults), input, Read(input, Text, Label, faults), faults);
    }

    private protected override ITransformer Fit(MLContext context, object options, IDataView rows, FitSettings settings)
    {
        var encoder = (MultiLabelTextOptions)options;
        (encoder.Training!.Seed, encoder.Training.Progress, encoder.Training.CancellationToken) = (settings.Seed, settings.Progress, settings.CancellationToken);
        return context.MulticlassClassification.Trainers.MultiLabelText(encoder).Fit(rows);
    }

    private protected override double Judge(MLContext context, ITransformer model, IReadOnlyList<TextLabel> rows, string metric, CancellationToken cancellation)
    {
        var metrics = context.MulticlassClassification.EvaluateMultiLabel(model.Transform(context.Data.LoadFromEnumerable(rows)));
        return metric == "macro-f1" ? metrics.MacroF1 : metrics.MicroF1;
    }

    private protected override string EpochMetric(object options, string metric) => metric == "macro-f1" ? "macro F1 at 0.5" : "micro F1 at 0.5";

    private protected override IReadOnlyList<string>? LabelsOf(ITransformer model) => ((MultiLabelTextTransformer)model).Labels;
}
