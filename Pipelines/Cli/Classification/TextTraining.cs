using System.Diagnostics;
using Microsoft.ML;
using MLPipelines.Artifacts;
using MLPipelines.Cli.Infrastructure;
using MLPipelines.Data;
using MLPipelines.Text;

namespace MLPipelines.Cli.Classification;

/// <summary>What to train on, how, and under which name to publish.</summary>
internal sealed record TrainingRequest
{
    public required TableSource Train { get; init; }

    /// <summary>The file to measure on; null to hold out a part of the training file.</summary>
    public string? TestFile { get; init; }

    /// <summary>The share of the training file to hold out; 0 measures nothing.</summary>
    public double TestFraction { get; init; }

    public required string Name { get; init; }

    public SemanticVersion? Version { get; init; }

    public int Seed { get; init; } = 1;

    public string? License { get; init; }

    public string? Notes { get; init; }

    public LinearTextClassificationOptions Options { get; init; } = new();
}

/// <summary>A classifier that was trained, measured and published.</summary>
internal sealed record TrainingOutcome(
    TextClassifier Classifier, ArtifactVersion Published, ArtifactManifest Manifest, ClassificationReport? Report,
    int TrainRows, int TestRows, long SkippedRows, double Seconds);

/// <summary>Trains a text classifier: validate, read, split, fit, measure, publish.</summary>
internal static class TextTraining
{
    private const int GoldenRows = 8;

    public static async Task<TrainingOutcome> RunAsync(TrainingRequest request, ArtifactStore store, IProgress<StepProgress> progress, CancellationToken cancellation)
    {
        var context = new MLContext(request.Seed);
        var clock = Stopwatch.StartNew();
        var table = TextTable.Read(request.Train, needsClasses: true, progress, cancellation);
        var rows = context.Data.LoadFromEnumerable(table.Rows);
        IReadOnlyList<TextLabel> trainRows = table.Rows;
        TextTable? test = null;
        if (request.TestFile is null && request.TestFraction > 0)
        {
            var split = context.Data.TrainTestSplit(rows, request.TestFraction, seed: request.Seed);
            trainRows = [.. context.Data.CreateEnumerable<TextLabel>(split.TrainSet, reuseRowObject: false)];
            test = table with { Rows = [.. context.Data.CreateEnumerable<TextLabel>(split.TestSet, reuseRowObject: false)] };
            rows = context.Data.LoadFromEnumerable(trainRows);
        }
        var model = Fit(context, request, rows, progress, cancellation);
        double seconds = clock.Elapsed.TotalSeconds;

        var classifier = new TextClassifier(context, model);
        if (request.TestFile is not null)
            test = TextTable.Read(request.Train with { File = request.TestFile }, needsClasses: false, progress, cancellation);
        var report = test is { Rows.Count: > 0 } ? ClassificationReport.Make(context, classifier, test, progress, cancellation) : null;

        progress.Report(new StepProgress("publishing", 0, null, ""));
        var manifest = Describe(request, table, trainRows.Count, test, report, classifier, seconds);
        var (content, complete) = Models.Package(context).Pack(model, manifest, rows, Math.Min(GoldenRows, trainRows.Count));
        var published = await store.PublishAsync(content, complete, request.Version, cancellationToken: cancellation).ConfigureAwait(false);
        return new TrainingOutcome(classifier, published, complete, report, trainRows.Count, test?.Rows.Count ?? 0, table.SkippedRows, seconds);
    }

    private static ITransformer Fit(MLContext context, TrainingRequest request, IDataView rows, IProgress<StepProgress> progress, CancellationToken cancellation)
    {
        var options = request.Options;
        options.TextColumnName = TextClassifier.TextColumn;
        options.LabelColumnName = TextClassifier.LabelColumn;
        options.PredictedLabelColumnName = TextClassifier.PredictedLabelColumn;
        options.ScoreColumnName = TextClassifier.ScoreColumn;
        options.Seed = request.Seed;
        options.CancellationToken = cancellation;
        options.Progress = new TrainingProgress(progress);
        try
        {
            return context.MulticlassClassification.Trainers.LinearText(options).Fit(rows);
        }
        catch (InvalidOperationException e)
        {
            throw new CommandFailure(ExitCode.Data, $"{request.Train.File}: {e.Message}", e);
        }
    }

    private static ArtifactManifest Describe(
        TrainingRequest request, TextTable table, int trainRows, TextTable? test, ClassificationReport? report, TextClassifier classifier, double seconds) => new()
    {
        Name = request.Name,
        Version = "0.0.0",
        Task = TextClassifier.Task,
        CreatedUtc = DateTime.UtcNow,
        License = request.License,
        Notes = request.Notes,
        Engines = Machine.Engines,
        Labels = new ArtifactLabels { Names = [.. classifier.Labels] },
        Training = new ArtifactTraining
        {
            Seed = request.Seed,
            Options = ClassifierOptions.ToManifest(request.Options, request.Train),
            Seconds = Math.Round(seconds, 3),
            Hardware = Machine.Processor,
        },
        Data =
        [
            new ArtifactDataset { Name = Path.GetFileName(request.Train.File), Split = "train", Rows = trainRows, Sha256 = table.Sha256 },
            .. test is null ? [] : new[] { new ArtifactDataset { Name = Path.GetFileName(test.Source.File), Split = "test", Rows = test.Rows.Count, Sha256 = test.Sha256 } },
        ],
        Metrics = [.. report?.ToManifest("test") ?? []],
    };

    private sealed class TrainingProgress(IProgress<StepProgress> target) : IProgress<LinearTextTrainingProgress>
    {
        public void Report(LinearTextTrainingProgress value) => target.Report(new StepProgress("training: " + value.Stage, value.Fraction, 1, ""));
    }
}
