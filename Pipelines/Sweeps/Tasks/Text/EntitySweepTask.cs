using System.Globalization;
using Microsoft.ML;
using MLPipelines.Data;
using MLPipelines.Text;

namespace MLPipelines.Sweeps;

/// <summary>Tunes a finder of entities: texts are words separated by spaces, labels as many tags (B-type, I-type, O).</summary>
public sealed class EntitySweepTask : TextSweepTask
{
    /// <summary>The name of the task.</summary>
    public const string TaskName = "ner";

    private const int MostFaults = 5;

    private static readonly (string Role, string[] Usual) Text = ("tokens", ["tokens", "text", "Text", "words"]), Label = ("tags", ["tags", "label", "Label"]);

    private EntitySweepTask(IReadOnlyList<SweepFamily> families, SweepInput input, (TextRows? Data, TextRows? Validation) rows, List<string> faults)
        : base(families, input, rows.Data, rows.Validation, hasClasses: false, faults)
    {
    }

    /// <inheritdoc/>
    public override string Name => TaskName;

    /// <inheritdoc/>
    public override IReadOnlyList<SweepMetric> Metrics { get; } = [new("entity-f1")];

    private protected override string ModelTask => "token-classification";

    internal static EntitySweepTask Open(SweepInput input)
    {
        var faults = new List<string>();
        var settings = new JobSettings(input.Job, faults);
        var encoders = new EncoderSettings(settings, faults);
        settings.RefuseOthers();
        var family = EncoderFamily.Of<EntityRecognitionOptions>(encoders).Build();
        var rows = Read(input, Text, Label, faults);
        faults.AddRange(((TextRows?[])[rows.Data, rows.Validation]).OfType<TextRows>().SelectMany(UnevenRows));
        return new EntitySweepTask(JobChecks.Families(input.Job, [family], [family.Name], faults), input, rows, faults);
    }

    private protected override ITransformer Fit(MLContext context, object options, IDataView rows, FitSettings settings)
    {
        var encoder = (EntityRecognitionOptions)options;
        (encoder.Training!.Seed, encoder.Training.Progress, encoder.Training.CancellationToken) = (settings.Seed, settings.Progress, settings.CancellationToken);
        return context.MulticlassClassification.Trainers.EntityRecognition(encoder).Fit(rows);
    }

    private protected override double Judge(MLContext context, ITransformer model, IReadOnlyList<TextLabel> rows, string metric, CancellationToken cancellation) =>
        context.MulticlassClassification.EvaluateEntities(model.Transform(context.Data.LoadFromEnumerable(rows))).F1;

    private protected override string EpochMetric(object options, string metric) => "span F1";

    private protected override IReadOnlyList<string>? LabelsOf(ITransformer model) => ((EntityRecognitionTransformer)model).Tags;

    private static IEnumerable<string> UnevenRows(TextRows rows) => rows.Rows
        .Select((row, i) => (Row: i + 1, Words: Count(row.Text), Tags: Count(row.Label!)))
        .Where(row => row.Words != row.Tags)
        .Take(MostFaults)
        .Select(row => string.Create(CultureInfo.InvariantCulture, $"{rows.Name}: row {row.Row} has {row.Words} words, but {row.Tags} tags"));

    private static int Count(string text) => text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length;
}
