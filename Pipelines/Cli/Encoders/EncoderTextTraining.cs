using System.Globalization;
using System.Text.Json;
using Microsoft.ML;
using MLPipelines.Cli.Classification;
using MLPipelines.Cli.Infrastructure;
using MLPipelines.Text;
using MLPipelines.Training;

namespace MLPipelines.Cli.Encoders;

/// <summary>A classifier that trains an encoder.</summary>
internal sealed class EncoderTextTraining(EncoderTextClassificationOptions options) : TextTrainer
{
    public override ITransformer Fit(MLContext context, IDataView rows, int seed, IProgress<StepProgress> progress, CancellationToken cancellation)
    {
        EncoderTraining.Prepare(options.Training!, progress, cancellation);
        options.TextColumnName = TextClassifier.TextColumn;
        options.LabelColumnName = TextClassifier.LabelColumn;
        options.PredictedLabelColumnName = TextClassifier.PredictedLabelColumn;
        options.ScoreColumnName = TextClassifier.ScoreColumn;
        return context.MulticlassClassification.Trainers.EncoderText(options).Fit(rows);
    }

    public override IEnumerable<(string Name, JsonElement Value)> ToManifest() => EncoderTraining.ToManifest("EncoderText", options);
}

/// <summary>A sentiment classifier that trains an encoder.</summary>
internal sealed class SentimentTraining(SentimentOptions options) : TextTrainer
{
    public override string Task => TextClassifier.SentimentTask;

    public override ITransformer Fit(MLContext context, IDataView rows, int seed, IProgress<StepProgress> progress, CancellationToken cancellation)
    {
        EncoderTraining.Prepare(options.Training!, progress, cancellation);
        options.TextColumnName = TextClassifier.TextColumn;
        options.LabelColumnName = TextClassifier.LabelColumn;
        options.PredictedLabelColumnName = TextClassifier.PredictedLabelColumn;
        options.ScoreColumnName = TextClassifier.ScoreColumn;
        return context.MulticlassClassification.Trainers.Sentiment(options).Fit(rows);
    }

    public override IEnumerable<(string Name, JsonElement Value)> ToManifest() => EncoderTraining.ToManifest("Sentiment", options);
}

/// <summary>A classifier whose texts have any number of labels.</summary>
internal sealed class MultiLabelTraining(MultiLabelTextOptions options) : TextTrainer
{
    public override string Task => MultiLabelModel.Task;

    public override bool NeedsClasses => false;

    public override ITransformer Fit(MLContext context, IDataView rows, int seed, IProgress<StepProgress> progress, CancellationToken cancellation)
    {
        EncoderTraining.Prepare(options.Training!, progress, cancellation);
        options.LabelSeparator = MultiLabelModel.Separator;
        return context.MulticlassClassification.Trainers.MultiLabelText(options).Fit(rows);
    }

    public override TextModel Wrap(MLContext context, ITransformer model) => new MultiLabelModel(context, model);

    public override IEnumerable<(string Name, JsonElement Value)> ToManifest() => EncoderTraining.ToManifest("MultiLabelText", options);
}

/// <summary>A classifier of words that finds entities.</summary>
internal sealed class EntityTraining(EntityRecognitionOptions options) : TextTrainer
{
    public override string Task => EntityModel.Task;

    public override bool NeedsClasses => false;

    public override ITransformer Fit(MLContext context, IDataView rows, int seed, IProgress<StepProgress> progress, CancellationToken cancellation)
    {
        EncoderTraining.Prepare(options.Training!, progress, cancellation);
        return context.MulticlassClassification.Trainers.EntityRecognition(options).Fit(rows);
    }

    public override TextModel Wrap(MLContext context, ITransformer model) => new EntityModel(context, model);

    public override IEnumerable<(string Name, JsonElement Value)> ToManifest() => EncoderTraining.ToManifest("EntityRecognition", options);
}

/// <summary>What all commands share that train an encoder.</summary>
internal static class EncoderTraining
{
    /// <summary>Connects the training loop to the command.</summary>
    public static void Prepare(TrainingOptions training, IProgress<StepProgress> progress, CancellationToken cancellation)
    {
        training.CancellationToken = cancellation;
        training.Progress = new StepsShown(progress);
        progress.Report(new StepProgress("preparing the encoder", 0, null, ""));
    }

    public static IEnumerable<(string Name, JsonElement Value)> ToManifest(string trainer, TextFineTuningOptions options)
    {
        yield return ("trainer", ManifestValue.Of(trainer));
        foreach (var (name, value) in EncoderArguments.ToManifest(options))
        {
            yield return (name, value switch
            {
                int number => ManifestValue.Of(number),
                double number => ManifestValue.Of(number),
                _ => ManifestValue.Of(Convert.ToString(value, CultureInfo.InvariantCulture)!),
            });
        }
    }

    /// <summary>Shows the steps of the training loop, and its validations as they come.</summary>
    public sealed class StepsShown(IProgress<StepProgress> target) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => target.Report(new StepProgress("training", value.Step, value.TotalSteps, "steps")
        {
            Detail = string.Create(CultureInfo.InvariantCulture, $"loss {value.SmoothedLoss:0.000}, {value.TokensPerSecond:N0} tokens/s, {Remaining(value.Remaining)} left"),
            Note = Note(value),
        });

        private static string? Note(TrainingProgress value) => (value.Validation, value.Message) switch
        {
            ({ } validation, _) => string.Create(CultureInfo.InvariantCulture, $"epoch {value.Epoch:0.##}: loss {value.SmoothedLoss:0.000}, {validation.MetricName} {validation.Metric:0.0000} on the texts held out"),
            (null, { } message) => message,
            _ => null,
        };

        private static string Remaining(TimeSpan time) => time.TotalHours >= 1 ? time.ToString(@"h\:mm\:ss", CultureInfo.InvariantCulture) : time.ToString(@"m\:ss", CultureInfo.InvariantCulture);
    }
}
