using Microsoft.ML;
using MLPipelines.Data;
using MLPipelines.Generation;

namespace MLPipelines.Sweeps;

/// <summary>Tunes a T5 model that writes the texts of one column for those of another.</summary>
public sealed class ResponseSweepTask : TextSweepTask
{
    /// <summary>The name of the task.</summary>
    public const string TaskName = "response-generator";

    private const string Loss = "loss";
    private const int MostEpochs = 100;

    private static readonly (string Role, string[] Usual) Input = ("input", ["input", "message", "prompt", "question", "Text", "text"]), Target = ("target", ["target", "response", "answer", "Label", "label"]);

    private ResponseSweepTask(IReadOnlyList<SweepFamily> families, SweepInput input, (TextRows? Data, TextRows? Validation) rows, List<string> faults)
        : base(families, input, rows.Data, rows.Validation, hasClasses: false, faults)
    {
    }

    /// <inheritdoc/>
    public override string Name => TaskName;

    /// <inheritdoc/>
    public override IReadOnlyList<SweepMetric> Metrics { get; } = [new(Loss, Maximize: false), new("bleu"), new("chrf")];

    private protected override string ModelTask => "text-to-text";

    private protected override int GoldenRows => 4;

    private protected override string TextOption => "inputColumn";

    private protected override string LabelOption => "targetColumn";

    internal static ResponseSweepTask Open(SweepInput input)
    {
        var faults = new List<string>();
        var settings = new JobSettings(input.Job, faults);
        string? checkpoint = settings.Text("checkpoint"), device = settings.Text("device"), prefix = settings.Text("prefix");
        int? epochs = settings.Whole("max-epochs", 1, MostEpochs), threads = settings.Whole("threads", 1, 1024);
        int? inputs = settings.Whole("max-tokens", 1, 100_000), targets = settings.Whole("max-target-tokens", 1, 100_000);
        settings.RefuseOthers();
        if (checkpoint is not null && !checkpoint.StartsWith("hf:", StringComparison.Ordinal) && !Directory.Exists(checkpoint))
            faults.Add($"the setting checkpoint is '{checkpoint}', which is no folder; give one with config.json and the weights, or hf:organisation/name");
        bool scratch = checkpoint is null;
        int most = epochs ?? (scratch ? 30 : 10);
        var family = new FamilyBuilder<TextToTextOptions>("t5", New, options => options.Validate())
            .Whole("epochs", Math.Min(scratch ? 5 : 3, most), most, scratch ? 20 : 3, (options, value) => options.Training!.Epochs = value)
            .Number("learning-rate", scratch ? 1e-4 : 5e-5, scratch ? 3e-3 : 1e-3, scratch ? 1e-3 : 3e-4, (options, value) => options.Training!.LearningRate = value, logarithmic: true)
            .OneOf("batch-size", [8, 16, 32], 32, (options, value) => options.Training!.BatchSize = value)
            .Number("warmup-share", 0, 0.2, scratch ? 0.1 : 0.06, (options, value) => options.Training!.WarmupShare = value)
            .Number("label-smoothing", 0, 0.2, 0, (options, value) => options.LabelSmoothing = value)
            .Build();
        return new ResponseSweepTask(JobChecks.Families(input.Job, [family], [family.Name], faults), input, Read(input, Input, Target, faults), faults);

        TextToTextOptions New()
        {
            var options = new TextToTextOptions { InputColumnName = nameof(TextLabel.Text), TargetColumnName = nameof(TextLabel.Label), Model = scratch ? T5Source.Scratch() : T5Source.Checkpoint(checkpoint!) };
            options.Prefix = prefix ?? options.Prefix;
            options.MaximumInputTokens = inputs ?? options.MaximumInputTokens;
            options.MaximumTargetTokens = targets ?? options.MaximumTargetTokens;
            options.Training = options.Model.DefaultTraining();
            options.Training.Threads = threads;
            options.Training.Device = device ?? options.Training.Device;
            return options;
        }
    }

    private protected override ITransformer Fit(MLContext context, object options, IDataView rows, FitSettings settings)
    {
        var generator = (TextToTextOptions)options;
        (generator.Training!.Seed, generator.Training.Progress, generator.Training.CancellationToken) = (settings.Seed, settings.Progress, settings.CancellationToken);
        return context.Transforms.Text.TextToText(generator).Fit(rows);
    }

    private protected override double Judge(MLContext context, ITransformer model, IReadOnlyList<TextLabel> rows, string metric, CancellationToken cancellation)
    {
        var metrics = ((TextToTextTransformer)model).Evaluate(context.Data.LoadFromEnumerable(rows), nameof(TextLabel.Label), cancellation).Metrics;
        return metric switch { "bleu" => metrics.Bleu.Score, "chrf" => metrics.ChrF, _ => Math.Log(metrics.Perplexity!.Value) };
    }

    private protected override string? EpochMetric(object options, string metric) => metric == Loss ? Loss : null;
}
