using System.Diagnostics;
using System.Text.Json;
using Microsoft.ML;
using MLPipelines.Artifacts;
using MLPipelines.Cli.Infrastructure;
using MLPipelines.Data;
using MLPipelines.Training;

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

    public TextTrainer Trainer { get; init; } = new LinearTextTraining(new());
}

/// <summary>A classifier that was trained, measured and published.</summary>
internal sealed record TrainingOutcome(
    TextModel Model, ArtifactVersion Published, ArtifactManifest Manifest, TaskReport? Report,
    int TrainRows, int TestRows, long SkippedRows, double Seconds);

/// <summary>Trains a text classifier: validate, read, split, fit, measure, publish.</summary>
internal static class TextTraining
{
    private const int GoldenRows = 8;

    /// <returns>What came of it; null in a process that only helped the first of several to train.</returns>
    public static async Task<TrainingOutcome?> RunAsync(TrainingRequest request, ArtifactStore store, IProgress<StepProgress> progress, CancellationToken cancellation)
    {
        var context = new MLContext(request.Seed);
        var clock = Stopwatch.StartNew();
        var table = TextTable.Read(request.Train, request.Trainer.NeedsClasses, progress, cancellation);
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
        if (LaunchedProcess.Current is { Rank: > 0 })
        {
            (model as IDisposable)?.Dispose();
            return null;
        }

        var wrapped = request.Trainer.Wrap(context, model);
        if (request.TestFile is not null)
            test = TextTable.Read(request.Train with { File = request.TestFile }, needsClasses: false, progress, cancellation);
        var report = test is { Rows.Count: > 0 } ? wrapped.Judge(test, progress, cancellation) : null;

        progress.Report(new StepProgress("publishing", 0, null, ""));
        var manifest = Describe(request, table, trainRows.Count, test, report, wrapped, seconds);
        var (content, complete) = Models.Package(context).Pack(model, manifest, rows, Math.Min(GoldenRows, trainRows.Count));
        var published = await store.PublishAsync(content, complete, request.Version, cancellationToken: cancellation).ConfigureAwait(false);
        return new TrainingOutcome(wrapped, published, complete, report, trainRows.Count, test?.Rows.Count ?? 0, table.SkippedRows, seconds);
    }

    private static ITransformer Fit(MLContext context, TrainingRequest request, IDataView rows, IProgress<StepProgress> progress, CancellationToken cancellation)
    {
        try
        {
            return request.Trainer.Fit(context, rows, request.Seed, progress, cancellation);
        }
        catch (Exception e) when (e is InvalidOperationException or TrainingException)
        {
            throw new CommandFailure(ExitCode.Data, $"{request.Train.File}: {e.Message}", e);
        }
    }

    private static ArtifactManifest Describe(
        TrainingRequest request, TextTable table, int trainRows, TextTable? test, TaskReport? report, TextModel model, double seconds) => TrainingHost.Describe(
        request.Name, request.Trainer.Task, request.Seed, OptionsOf(request), seconds,
        ArtifactDataset.OfFile(request.Train.File, "train", trainRows, table.Sha256), test is null ? null : ArtifactDataset.OfFile(test.Source.File, "test", test.Rows.Count, test.Sha256)) with
    {
        License = request.License,
        Notes = request.Notes,
        Labels = new ArtifactLabels { Names = [.. model.Labels] },
        Metrics = [.. report?.ToManifest("test") ?? []],
    };

    private static SortedDictionary<string, JsonElement> OptionsOf(TrainingRequest request)
    {
        var options = new SortedDictionary<string, JsonElement>(StringComparer.Ordinal)
        {
            ["textColumn"] = ManifestValue.Of(request.Train.Text),
            ["labelColumn"] = ManifestValue.Of(request.Train.Label),
        };
        foreach (var (name, value) in request.Trainer.ToManifest())
            options.Add(name, value);
        return options;
    }
}
