using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Microsoft.ML;
using MLPipelines.Artifacts;
using MLPipelines.Cli.Classification;
using MLPipelines.Cli.Infrastructure;
using MLPipelines.Recommendation;

namespace MLPipelines.Cli.Recommendation;

/// <summary>What is held out to measure on.</summary>
internal enum HoldOut
{
    /// <summary>Each user's last interaction where there are times, else a random share.</summary>
    Auto,

    /// <summary>Each user's last interaction.</summary>
    Last,

    /// <summary>The latest share of all interactions.</summary>
    Time,

    /// <summary>A share of each user's interactions.</summary>
    Random,

    /// <summary>A share of the users, who are folded in.</summary>
    Users,

    /// <summary>Nothing.</summary>
    None,
}

/// <summary>What to learn from, how, and under which name to publish.</summary>
internal sealed record RecommenderRequest
{
    public required InteractionSource Train { get; init; }

    /// <summary>The file to measure on; null to hold a part of the training file out.</summary>
    public InteractionSource? Test { get; init; }

    public HoldOut HoldOut { get; init; }

    public double TestFraction { get; init; } = 0.1;

    /// <summary>Whether the published model learns from what was held out too, once it is measured.</summary>
    public bool Refit { get; init; } = true;

    public required RecommenderAlgorithm Algorithm { get; init; }

    public required RecommenderOptions Options { get; init; }

    /// <summary>The recommenders that this one is made of, by name.</summary>
    public IReadOnlyList<(RecommenderAlgorithm Algorithm, RecommenderOptions Options)> Sources { get; init; } = [];

    /// <summary>The table of items, where one is needed.</summary>
    public string? ItemsFile { get; init; }

    public required RankingEvaluationOptions Evaluation { get; init; }

    public required string Name { get; init; }

    public SemanticVersion? Version { get; init; }

    public string? License { get; init; }

    public string? Notes { get; init; }
}

/// <summary>A recommender that was trained, measured and published.</summary>
/// <param name="Model">The recommender.</param>
/// <param name="Published">Where it is.</param>
/// <param name="Report">How it did; null where nothing was held out.</param>
/// <param name="Baseline">How popularity did on the same rows.</param>
/// <param name="HeldOut">What was held out.</param>
/// <param name="TrainRows">The interactions that the published model learnt from.</param>
/// <param name="TestRows">Those that it was measured on.</param>
/// <param name="SkippedRows">Rows with a fault.</param>
/// <param name="Seconds">The time that one training took.</param>
internal sealed record RecommenderOutcome(
    RecommenderTransformer Model, ArtifactVersion Published, RankingReport? Report, RankingReport? Baseline, HoldOut HeldOut, int TrainRows, int TestRows, long SkippedRows, double Seconds);

/// <summary>Trains a recommender: read, split, fit, measure beside popularity, fit again on all, publish.</summary>
internal static class RecommenderTraining
{
    public const string Task = "recommendation";

    private const int GoldenRows = 8;

    public static async Task<RecommenderOutcome> RunAsync(RecommenderRequest request, ArtifactStore store, IProgress<StepProgress> progress, CancellationToken cancellation)
    {
        var context = new MLContext(request.Options.Seed);
        var table = InteractionTable.Read(request.Train, progress, cancellation);
        var rows = table.View(context);
        Complete(request, table, progress, cancellation);

        var heldOut = request.Test is not null ? HoldOut.None : request.HoldOut != HoldOut.Auto ? request.HoldOut : table.HasTimes ? HoldOut.Last : HoldOut.Random;
        var tests = request.Test is null ? null : InteractionTable.Read(request.Test, progress, cancellation);
        var split = tests is not null ? new InteractionSplit(rows, tests.View(context)) : Split(rows, heldOut, request);
        var clock = Stopwatch.StartNew();
        var model = Fit(context, request, split?.Train ?? rows);
        double seconds = clock.Elapsed.TotalSeconds;

        RankingReport? report = null, baseline = null;
        if (split is not null)
        {
            progress.Report(new StepProgress("evaluating", 0, null, ""));
            (report, baseline) = Measure(context, request, split, model, cancellation);
            if (request.Refit && tests is null)
                model = Fit(context, request, rows);
        }

        progress.Report(new StepProgress("publishing", 0, null, ""));
        bool hasAll = split is null || tests is not null || request.Refit;
        int testRows = split is null ? 0 : (int)split.Test.GetRowCount()!.Value;
        int trainRows = hasAll ? table.Rows.Count : (int)split!.Train.GetRowCount()!.Value;
        var manifest = Describe(request, table, tests, trainRows, testRows, heldOut, seconds) with { Metrics = [.. ReportOfRanking.ToManifest(report, baseline)] };
        var (content, complete) = Models.Package(context).Pack(model, manifest, rows, Math.Min(GoldenRows, table.Rows.Count));
        var published = await store.PublishAsync(content, complete, request.Version, cancellationToken: cancellation).ConfigureAwait(false);
        return new RecommenderOutcome(model, published, report, baseline, heldOut, trainRows, testRows, table.SkippedRows, seconds);
    }

    /// <summary>What the options can only say once the table is known.</summary>
    private static void Complete(RecommenderRequest request, InteractionTable table, IProgress<StepProgress> progress, CancellationToken cancellation)
    {
        foreach (var options in request.Sources.Select(source => source.Options).Append(request.Options))
        {
            options.WeightColumnName = table.HasWeights ? InteractionRow.WeightColumn : null;
            options.TypeColumnName = table.HasTypes ? InteractionRow.TypeColumn : null;
            options.TimeColumnName = table.HasTimes ? InteractionRow.TimeColumn : null;
            if (!table.HasTimes && (options.RecencyHalfLife is not null || options is NextPurchaseOptions))
                throw CommandFailure.Usage($"{(options is NextPurchaseOptions ? "next-purchase" : options is TrendingOptions ? "trending" : "--half-life")} needs times, but not every row of {table.Source.File} has one; name their column in --time-column");
            options.CancellationToken = cancellation;
        }
        request.Options.Progress = new TrainingProgress(progress);
        request.Evaluation.CancellationToken = cancellation;
    }

    private static InteractionSplit? Split(IDataView rows, HoldOut heldOut, RecommenderRequest request) => heldOut switch
    {
        HoldOut.Last => Guarded(request, () => InteractionSplits.LeaveLastOut(rows)),
        HoldOut.Time => Guarded(request, () => InteractionSplits.ByTime(rows, request.TestFraction)),
        HoldOut.Random => InteractionSplits.Random(rows, request.TestFraction, request.Options.Seed),
        HoldOut.Users => InteractionSplits.HeldOutUsers(rows, request.TestFraction, seed: request.Options.Seed),
        _ => null,
    };

    private static RecommenderTransformer Fit(MLContext context, RecommenderRequest request, IDataView rows) =>
        Guarded(request, () => request.Algorithm.Create(context, request.Options).Fit(rows));

    private static (RankingReport Report, RankingReport Baseline) Measure(
        MLContext context, RecommenderRequest request, InteractionSplit split, RecommenderTransformer model, CancellationToken cancellation)
    {
        var options = request.Evaluation;
        options.History = split.History;
        var popular = context.Recommendation().Trainers.Popularity(new() { CancellationToken = cancellation }).Fit(split.Train);
        return Guarded(request, () => (context.Recommendation().EvaluateRanking(model, split.Test, options), context.Recommendation().EvaluateRanking(popular, split.Test, options)));
    }

    private static T Guarded<T>(RecommenderRequest request, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (InvalidOperationException e)
        {
            throw new CommandFailure(ExitCode.Data, $"{request.Train.File}: {e.Message}", e);
        }
    }

    private static ArtifactManifest Describe(RecommenderRequest request, InteractionTable table, InteractionTable? tests, int trainRows, int testRows, HoldOut heldOut, double seconds)
    {
        var options = new SortedDictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var (name, value) in InteractionArguments.ToManifest(request.Train))
        {
            if (value is not null)
                options[name] = ManifestValue.Of(value);
        }
        options["algorithm"] = ManifestValue.Of(request.Algorithm.Name);
        options["heldOut"] = ManifestValue.Of(tests is null ? heldOut.ToString().ToLowerInvariant() : "file");
        options["refit"] = ManifestValue.Of(request.Refit && tests is null && heldOut != HoldOut.None);
        if (heldOut is HoldOut.Time or HoldOut.Random or HoldOut.Users)
            options["testFraction"] = ManifestValue.Of(request.TestFraction);
        if (request.Options.TypeColumnName is not null)
            options["typeWeights"] = ManifestValue.Of(string.Join(',', request.Options.TypeWeights.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => string.Create(CultureInfo.InvariantCulture, $"{pair.Key}={pair.Value}"))));
        if (request.Options.RecencyHalfLife is { } halfLife)
            options["halfLifeDays"] = ManifestValue.Of(halfLife.TotalDays);
        options["binary"] = ManifestValue.Of(request.Options.Binary);
        foreach (var (name, value) in request.Algorithm.ToManifest(request.Options))
            options[name] = value;
        if (request.Sources.Count > 0)
            options["sources"] = ManifestValue.Of(string.Join(',', request.Sources.Select(source => source.Algorithm.Name)));
        foreach (var source in request.Sources)
        {
            foreach (var (name, value) in source.Algorithm.ToManifest(source.Options))
                options[$"{source.Algorithm.Name}.{name}"] = value;
        }
        if (request.ItemsFile is { } items)
            options["items"] = ManifestValue.Of(Path.GetFileName(items));
        return TrainingHost.Describe(
            request.Name, Task, request.Options.Seed, options, seconds, ArtifactDataset.OfFile(request.Train.File, "train", trainRows, table.Sha256),
            testRows == 0 ? null : ArtifactDataset.OfFile((request.Test ?? request.Train).File, "test", testRows, (tests ?? table).Sha256)) with
        {
            License = request.License,
            Notes = request.Notes,
        };
    }

    private sealed class TrainingProgress(IProgress<StepProgress> target) : IProgress<RecommenderProgress>
    {
        public void Report(RecommenderProgress value) => target.Report(new StepProgress("training", value.Iteration, value.Iterations, "iterations"));
    }
}
