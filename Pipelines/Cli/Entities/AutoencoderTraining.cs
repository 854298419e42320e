using System.Diagnostics;
using System.Text.Json;
using Microsoft.ML;
using MLPipelines.Artifacts;
using MLPipelines.Cli.Classification;
using MLPipelines.Cli.Infrastructure;
using MLPipelines.Entities;

namespace MLPipelines.Cli.Entities;

/// <summary>What to learn from, how, and under which name to publish.</summary>
internal sealed record AutoencoderRequest(
    string File, string? TestFile, ColumnChoice Choice, char? Separator, AutoencoderOptions Options, double TestFraction, bool Refit, string Name, SemanticVersion? Version, string? License, string? Notes);

/// <summary>An autoencoder that was trained, measured and published.</summary>
/// <param name="Model">The model.</param>
/// <param name="Published">Where it is.</param>
/// <param name="Metrics">How it did; null where nothing was held out.</param>
/// <param name="Ignored">The columns left out.</param>
/// <param name="TrainRows">The rows that the published model learnt from.</param>
/// <param name="TestRows">Those that it was measured on.</param>
/// <param name="Seconds">The time that one training took.</param>
internal sealed record AutoencoderOutcome(
    AutoencoderTransformer Model, ArtifactVersion Published, EntityMetrics? Metrics, IReadOnlyList<string> Ignored, int TrainRows, int TestRows, double Seconds);

/// <summary>Trains an autoencoder: read, hold out, fit, measure, fit again on all, publish.</summary>
internal static class AutoencoderTraining
{
    public const string TaskName = "entities";

    private const int GoldenRows = 8;

    public static async Task<AutoencoderOutcome> RunAsync(AutoencoderRequest request, ArtifactStore store, Action<string> note, IProgress<StepProgress> progress, CancellationToken cancellation)
    {
        var options = request.Options;
        string[] header = EntityTable.HeaderOf(request.File, request.Separator), wanted = request.Choice.Wanted(header);
        var table = EntityTable.Read(request.File, request.Choice.Id, wanted, rows => request.Choice.Infer(wanted, rows, note), request.Separator, progress, cancellation);
        var columns = table.Columns;
        (options.NumberColumnNames, options.CategoryColumnNames, options.SetColumnNames) = (columns.Numbers, columns.Categories, columns.Sets);
        options.CancellationToken = cancellation;
        options.Progress = new TrainingProgress(progress);
        string[] ignored = [.. header.Except(columns.Features.Append(columns.Id), StringComparer.Ordinal)];
        var (train, test) = Split(request, table, progress, cancellation);

        var context = new MLContext(options.Seed);
        var clock = Stopwatch.StartNew();
        var model = Fit(context, options, train);
        double seconds = clock.Elapsed.TotalSeconds;
        EntityMetrics? metrics = null;
        bool refits = test is not null && request.TestFile is null && request.Refit;
        if (test is not null)
        {
            progress.Report(new StepProgress("evaluating", 0, null, ""));
            metrics = model.Evaluate(test.View(), new EntityEvaluationOptions { Seed = options.Seed });
            if (refits)
                model = Fit(context, options, table);
        }

        progress.Report(new StepProgress("publishing", 0, null, ""));
        int trainRows = refits ? table.Count : train.Count;
        var manifest = Describe(request, table, test, trainRows, refits, seconds, metrics);
        var (content, complete) = Models.Package(context).Pack(model, manifest, train.View(), Math.Min(GoldenRows, train.Count));
        var published = await store.PublishAsync(content, complete, request.Version, cancellationToken: cancellation).ConfigureAwait(false);
        return new AutoencoderOutcome(model, published, metrics, ignored, trainRows, test?.Count ?? 0, seconds);
    }

    private static (EntityTable Train, EntityTable? Test) Split(AutoencoderRequest request, EntityTable table, IProgress<StepProgress> progress, CancellationToken cancellation)
    {
        if (request.TestFile is { } file)
            return (table, EntityTable.Read(file, request.Choice.Id, table.Columns.Features, _ => table.Columns, request.Separator, progress, cancellation));
        int held = (int)Math.Round(request.TestFraction * table.Count);
        if (held == 0 || table.Count - held < 2)
            return (table, null);
        int[] order = [.. Enumerable.Range(0, table.Count)];
        new Random(request.Options.Seed).Shuffle(order);
        return (table.Select(order[held..].Order()), table.Select(order[..held].Order()));
    }

    private static AutoencoderTransformer Fit(MLContext context, AutoencoderOptions options, EntityTable table)
    {
        try
        {
            return context.Transforms.Autoencoder(options).Fit(table.View());
        }
        catch (InvalidOperationException e)
        {
            throw new CommandFailure(ExitCode.Data, $"{table.File}: {e.Message}", e);
        }
    }

    private static ArtifactManifest Describe(AutoencoderRequest request, EntityTable table, EntityTable? test, int trainRows, bool refits, double seconds, EntityMetrics? metrics)
    {
        var options = new SortedDictionary<string, JsonElement>(StringComparer.Ordinal)
        {
            ["idColumn"] = ManifestValue.Of(table.Columns.Id),
            ["numberColumns"] = ManifestValue.Of(string.Join(',', table.Columns.Numbers)),
            ["categoryColumns"] = ManifestValue.Of(string.Join(',', table.Columns.Categories)),
            ["setColumns"] = ManifestValue.Of(string.Join(',', table.Columns.Sets)),
            ["heldOut"] = ManifestValue.Of(test is null ? "none" : request.TestFile is null ? "random" : "file"),
            ["refit"] = ManifestValue.Of(refits),
        };
        if (test is not null && request.TestFile is null)
            options["testFraction"] = ManifestValue.Of(request.TestFraction);
        foreach (var (name, value) in OptionAssignment.ToManifest(request.Options, TrainAutoencoderCommand.Settable))
            options[name] = value;
        return TrainingHost.Describe(
            request.Name, TaskName, request.Options.Seed, options, seconds,
            ArtifactDataset.OfFile(table.File, "train", trainRows, table.Sha256), test is null ? null : ArtifactDataset.OfFile(test.File, "test", test.Count, test.Sha256)) with
        {
            License = request.License,
            Notes = request.Notes,
            Metrics = [.. metrics is null ? [] : Figures(metrics).Where(figure => double.IsFinite(figure.Value)).Select(figure => new ArtifactMetric { Name = figure.Name, Value = figure.Value, Split = "test", Rows = figure.Rows })],
        };
    }

    /// <summary>Each figure, and after it that of its baseline.</summary>
    private static IEnumerable<(string Name, double Value, int Rows)> Figures(EntityMetrics metrics)
    {
        foreach (var feature in metrics.Features)
        {
            yield return ($"error.{feature.Name}", feature.Error, metrics.Entities);
            yield return ($"mean.error.{feature.Name}", feature.Baseline, metrics.Entities);
        }
        foreach (var set in metrics.Sets)
        {
            yield return (FormattableString.Invariant($"hitAt{set.K}.{set.Name}"), set.HitRate, set.Sets);
            yield return (FormattableString.Invariant($"popularity.hitAt{set.K}.{set.Name}"), set.PopularityHitRate, set.Sets);
        }
    }

    private sealed class TrainingProgress(IProgress<StepProgress> target) : IProgress<AutoencoderProgress>
    {
        public void Report(AutoencoderProgress value) => target.Report(new StepProgress("training", value.Epoch, value.Epochs, "epochs"));
    }
}
