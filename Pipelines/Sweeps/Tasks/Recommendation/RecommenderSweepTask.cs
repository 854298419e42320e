using System.Collections.Concurrent;
using Microsoft.ML;
using Microsoft.ML.SearchSpace;
using MLPipelines.Recommendation;

namespace MLPipelines.Sweeps;

/// <summary>Tunes a recommender: which algorithm, and with which options.</summary>
/// <remarks>
/// A share of each user's items is held out and ranked, unless the setting <c>split</c> says otherwise; the folds of a cross-validation are random splits of different seeds. A part of the
/// data is that of a share of the users. The metric "rmse" judges predicted ratings, and is there where each family predicts them.
/// </remarks>
public sealed class RecommenderSweepTask : FamilySweepTask
{
    /// <summary>The name of the task.</summary>
    public const string TaskName = "recommender";

    private const string Rmse = "rmse";
    private const int CutOff = 10;

    private static readonly string[] ManifestColumns = ["userColumn", "itemColumn", "weightColumn", "timeColumn", "typeColumn"];
    private static readonly SweepMetric[] OfLists = [new("ndcg@10"), new("recall@10"), new("map@10"), new("precision@10"), new("mrr@10"), new("hit-rate@10")];

    private readonly InteractionRows _data;
    private readonly InteractionRows? _validation;
    private readonly string _split;
    private readonly int? _threads;
    private readonly ConcurrentDictionary<(int Seed, int Fold), Lazy<InteractionSplit>> _splits = new();

    private RecommenderSweepTask(SweepFamily[] families, SweepJob job, InteractionRows? data, InteractionRows? validation, string split, int? threads, List<string> faults)
        : base(families, job, faults)
    {
        (_data, _validation, _split, _threads) = (data!, validation, split, threads);
        Metrics = Array.TrueForAll(families, family => family.Name == RecommenderFamilies.Ratings) ? [new(Rmse, Maximize: false), .. OfLists] : OfLists;
    }

    /// <inheritdoc/>
    public override string Name => TaskName;

    /// <inheritdoc/>
    public override IReadOnlyList<SweepMetric> Metrics { get; }

    internal static RecommenderSweepTask Open(SweepInput input)
    {
        var (job, faults) = (input.Job, new List<string>());
        JobChecks.Common(job, input.HasValidation, [.. InteractionRows.Roles.Select(role => role.Role)], faults);
        var settings = new JobSettings(job, faults);
        int? threads = settings.Whole("threads", 1, 1024), epochs = settings.Whole("max-epochs", 1, 100_000);
        string? device = settings.Text("device");
        string split = settings.Text("split", "random", "last", "time", "users") ?? "random";
        bool binary = settings.Flag("binary");
        settings.RefuseOthers();
        bool asRatings = string.Equals(job.Metric, Rmse, StringComparison.OrdinalIgnoreCase) || job.Families.Count > 0 && job.Families.All(name => name == RecommenderFamilies.Ratings);
        var data = Read(input.Data, job.Data, job.Columns);
        var validation = input.HasValidation ? Read(input.Validation, input.Validation is null ? job.ValidationData! : "validation", job.Columns) : null;
        var all = RecommenderFamilies.All(epochs, device, options =>
        {
            data?.ApplyTo(options);
            options.NumberOfThreads = threads;
            options.Binary = binary && options is not BiasedMatrixFactorizationOptions;
        });
        string[] usual = asRatings && job.Families.Count == 0 ? [RecommenderFamilies.Ratings] : RecommenderFamilies.Usual;
        var families = JobChecks.Families(job, all, usual, faults);
        if (data is not null)
        {
            bool hasTimes = data.Columns[3] is not null;
            faults.AddRange(families.Where(family => !hasTimes && RecommenderFamilies.NeedTimes.Contains(family.Name)).Select(family => $"{family.Name} needs the time of each interaction; name the column 'time'"));
            if (!hasTimes && split is "last" or "time")
                faults.Add($"the setting split is '{split}', which needs the time of each interaction; name the column 'time'");
            if (data.Columns[2] is null && families.Any(family => family.Name == RecommenderFamilies.Ratings))
                faults.Add($"{RecommenderFamilies.Ratings} predicts ratings, of which there are none; name the column 'weight'");
        }
        if (job.Folds > 0 && split is "last" or "time")
            faults.Add($"there are folds, but the setting split is '{split}', of which there is one; leave one of them out");
        return new RecommenderSweepTask(families, job, data, validation, split, threads, faults);

        InteractionRows? Read(IDataView? view, string name, IReadOnlyDictionary<string, string> columns) =>
            view is not null ? InteractionRows.Read(name, view, columns, asRatings, faults) : InteractionRows.Read(name, columns, asRatings, faults, input.CancellationToken);
    }

    /// <inheritdoc/>
    public override ITransformer Refit(Parameter parameter, int seed, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(parameter);
        return Fit(new MLContext(seed), CreateOptions(parameter), _data.View, seed, cancellationToken);
    }

    private protected override double Measure(Attempt attempt, int fold, double share)
    {
        var trial = attempt.Trial;
        trial.CancellationToken.ThrowIfCancellationRequested();
        var context = new MLContext(trial.Seed);
        var split = _splits.GetOrAdd((attempt.SplitSeed, fold), key => new Lazy<InteractionSplit>(() => Split(key.Seed + key.Fold))).Value;
        var train = share < 1 ? InteractionSplits.HeldOutUsers(split.Train, 1 - share, 0.5, attempt.SplitSeed, _data.Columns[0]!, _data.Columns[1]!).Train : split.Train;
        var model = Fit(context, attempt.Options, train, trial.Seed, trial.CancellationToken);
        using var held = (object)model as IDisposable;
        if (attempt.Metric.Name == Rmse)
            return context.Recommendation().Evaluate(model.Transform(split.Test), _data.Columns[2]!).RootMeanSquaredError;
        var row = context.Recommendation().EvaluateRanking(model, split.Test, new RankingEvaluationOptions
        {
            CutOffs = [CutOff], BootstrapSamples = 0, History = split.History, NumberOfThreads = _threads, CancellationToken = trial.CancellationToken,
        }).At(CutOff);
        return attempt.Metric.Name switch
        {
            "recall@10" => row.Recall.Value,
            "map@10" => row.Map.Value,
            "precision@10" => row.Precision.Value,
            "mrr@10" => row.Mrr.Value,
            "hit-rate@10" => row.HitRate.Value,
            _ => row.Ndcg.Value,
        };
    }

    /// <inheritdoc/>
    protected override SweptModel Describe(ITransformer model)
    {
        var columns = new SortedDictionary<string, string>(StringComparer.Ordinal);
        for (int i = 0; i < ManifestColumns.Length; i++)
        {
            if (_data.FileColumns?[i] is { } column)
                columns[ManifestColumns[i]] = column;
        }
        return new SweptModel
        {
            Task = "recommendation",
            Sample = _data.View,
            GoldenRows = (int)Math.Min(8, Math.Max(1, _data.Rows)),
            Columns = columns,
            Data = _validation is null ? [_data.Dataset("train")] : [_data.Dataset("train"), _validation.Dataset("validation")],
            MeasuredRows = _validation?.Rows ?? Split(Job.Seed).Test.GetRowCount() ?? 0,
        };
    }

    private static RecommenderTransformer Fit(MLContext context, object options, IDataView rows, int seed, CancellationToken cancellation)
    {
        foreach (var part in RecommenderFamilies.Parts(options))
            (part.Seed, part.CancellationToken) = (seed, cancellation);
        return RecommenderFamilies.Create(context, options).Fit(rows);
    }

    private InteractionSplit Split(int seed)
    {
        if (_validation is not null)
            return new InteractionSplit(_data.View, _validation.View);
        string user = _data.Columns[0]!, item = _data.Columns[1]!;
        double share = Job.Folds > 1 ? 1.0 / Job.Folds : Job.ValidationFraction;
        return _split switch
        {
            "last" => InteractionSplits.LeaveLastOut(_data.View, user, item, _data.Columns[3]!),
            "time" => InteractionSplits.ByTime(_data.View, share, user, item, _data.Columns[3]!),
            "users" => InteractionSplits.HeldOutUsers(_data.View, share, seed: seed, userColumnName: user, itemColumnName: item),
            _ => InteractionSplits.Random(_data.View, share, seed, user, item),
        };
    }
}
