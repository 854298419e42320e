using System.Text.Json;
using Microsoft.ML;
using MLPipelines.Cli.Infrastructure;
using MLPipelines.Text;

namespace MLPipelines.Cli.Classification;

/// <summary>What learns from labelled texts: rows with <c>Text</c> and <c>Label</c>.</summary>
internal abstract class TextTrainer
{
    /// <summary>The task that its models are for, as a manifest names it.</summary>
    public virtual string Task => TextClassifier.Task;

    /// <summary>Whether the labels are classes, of which there must be two.</summary>
    public virtual bool NeedsClasses => true;

    /// <summary>Trains.</summary>
    /// <exception cref="InvalidOperationException">There is nothing to learn from.</exception>
    public abstract ITransformer Fit(MLContext context, IDataView rows, int seed, IProgress<StepProgress> progress, CancellationToken cancellation);

    /// <summary>The model with what the command line can do with it.</summary>
    public virtual TextModel Wrap(MLContext context, ITransformer model) => new TextClassifier(context, model);

    /// <summary>The name and the options of the trainer, as a manifest states them.</summary>
    public abstract IEnumerable<(string Name, JsonElement Value)> ToManifest();
}

/// <summary>The linear classifier over n-grams.</summary>
internal sealed class LinearTextTraining(LinearTextClassificationOptions options) : TextTrainer
{
    public override ITransformer Fit(MLContext context, IDataView rows, int seed, IProgress<StepProgress> progress, CancellationToken cancellation)
    {
        options.TextColumnName = TextClassifier.TextColumn;
        options.LabelColumnName = TextClassifier.LabelColumn;
        options.PredictedLabelColumnName = TextClassifier.PredictedLabelColumn;
        options.ScoreColumnName = TextClassifier.ScoreColumn;
        options.Seed = seed;
        options.CancellationToken = cancellation;
        options.Progress = new TrainingProgress(progress);
        return context.MulticlassClassification.Trainers.LinearText(options).Fit(rows);
    }

    public override IEnumerable<(string Name, JsonElement Value)> ToManifest() => ClassifierOptions.ToManifest(options);

    private sealed class TrainingProgress(IProgress<StepProgress> target) : IProgress<LinearTextTrainingProgress>
    {
        public void Report(LinearTextTrainingProgress value) => target.Report(new StepProgress("training: " + value.Stage, value.Fraction, 1, ""));
    }
}
