using System.Diagnostics;
using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLPipelines.Benchmarks.Recommenders;
using MLPipelines.Data;
using MLPipelines.Recommendation;
using MLPipelines.Sweeps;
using MLPipelines.Text;

namespace MLPipelines.Benchmarks;

/// <summary>What sweeps over real data gain: settings are chosen on the training rows alone, then measured once on the test rows.</summary>
internal static class SweepBenchmark
{
    public const string Usage = """
        Options of sweeps (PART is linear, recommenders or asha; without one, all; SET … are data sets, without one all of the part; the tuner is that of asha, QuasiRandom unless another is named):
          sweeps PART SET … [--minutes N] [--trials N] [--folds N] [--seed N] [--tuner NAME] [--data FOLDER]
        """;

    private const int Finalists = 8, Repeats = 2;
    private const double StopShare = 0.3;

    private static readonly (string Name, string Folder, bool InScopeOnly)[] TextSets = [("banking77", "banking77", false), ("clinc150", "clinc150", true), ("clinc150-oos", "clinc150", false), ("sst2", "sst2", false)];

    public static int Run(string[] args)
    {
        string[] parts = [.. args.TakeWhile(arg => !arg.StartsWith("--", StringComparison.Ordinal))];
        string? Value(string name) => Array.IndexOf(args, name) is >= 0 and var at && at + 1 < args.Length ? args[at + 1] : null;
        double Number(string name, double otherwise) => Value(name) is { } text ? double.Parse(text, CultureInfo.InvariantCulture) : otherwise;
        if (Measure.FindData(Value("--data")) is not { } folder)
        {
            Console.Error.WriteLine("The real data sets were not found in ../shared/data; name their folder in --data.");
            return 2;
        }
        var settings = new Settings(folder, Number("--minutes", 10), (int)Number("--trials", 0), (int)Number("--folds", 4), (int)Number("--seed", 1), Enum.Parse<SweepTuner>(Value("--tuner") ?? nameof(SweepTuner.QuasiRandom), ignoreCase: true), parts.Length > 1 ? parts[1..] : []);
        var work = new Dictionary<string, Action<Settings>> { ["linear"] = Linear, ["recommenders"] = Recommenders, ["asha"] = SuccessiveHalving };
        if (parts.Length > 0 && !work.ContainsKey(parts[0]))
        {
            Console.Error.WriteLine(Usage);
            return 2;
        }
        foreach (var (name, run) in work)
        {
            if (parts.Length == 0 || parts[0] == name)
                run(settings);
        }
        return 0;
    }

    private static void Linear(Settings settings)
    {
        Console.WriteLine(FormattableString.Invariant(
            $"The linear classifier: accuracy on test of the shipped default and of what a sweep of {settings.Minutes} minutes on {Environment.ProcessorCount} cores chose by {settings.Folds}-fold cross-validation of the training rows (the best {Finalists} measured on up to {Repeats} further splits)"));
        Console.WriteLine($"{"data",-14} {"trials",6} {"default CV",10} {"best CV",8} {"default test",12} {"sweep test",10}   chosen");
        foreach (var set in TextSets.Where(set => settings.Wants(set.Name)))
        {
            var context = new MLContext(1);
            var (train, test) = (Texts(context, settings.Data, set, "train.csv"), Texts(context, settings.Data, set, "test.csv"));
            var task = SweepTasks.Open(new SweepJob { Task = "text-classification", Data = set.Name, Families = ["linear"], Folds = settings.Folds, Seed = settings.Seed }, train);
            var options = Options(set.Name, settings.Trials > 0 ? settings.Trials : 10_000, settings.Seed);
            // What is chosen in the end is measured again within the budget.
            options.Time = TimeSpan.FromMinutes(settings.Minutes * 0.85);
            var result = task.RunAsync(options, "accuracy").Result;
            var chosen = task.Choose(result, Finalists, Repeats, TimeSpan.FromMinutes(settings.Minutes * 0.1));
            double Accuracy(ITransformer model) => context.MulticlassClassification.EvaluateText(model.Transform(test)) is var metrics ? metrics.Accuracy * metrics.Rows / (metrics.Rows + metrics.RowsWithoutKnownLabel) : 0;
            double usual = Accuracy(context.MulticlassClassification.Trainers.LinearText().Fit(train)), swept = Accuracy(task.Refit(chosen.Parameter, 1));
            Console.WriteLine(FormattableString.Invariant($"{set.Name,-14} {result.Trials.Count,6} {result.Trials[0].Metric,10:F4} {chosen.Metric,8:F4} {usual,12:F4} {swept,10:F4}   #{chosen.Id} {chosen.Parameter}"));
        }
    }

    private static void Recommenders(Settings settings)
    {
        int trials = settings.Trials > 0 ? settings.Trials : 30;
        Console.WriteLine(FormattableString.Invariant($"\nRecommenders: NDCG@10 on test of what a sweep of {trials} trials chose on a part of the training rows, beside the best of the known settings of the benchmark 'recommenders'"));
        Console.WriteLine($"{"data",-24} {"minutes",7} {"EASE default",12} {"sweep",8} {"best known",10} {"share",7}   chosen");
        for (int t = 0; t < RecommenderTable.All.Length; t++)
        {
            var table = RecommenderTable.All[t];
            if (!settings.Wants(table.Name.Split(',')[0]))
                continue;
            var context = new MLContext(1);
            var (train, test) = (table.Train(context, settings.Data), table.Test(context, settings.Data));
            var clock = Stopwatch.StartNew();
            var task = SweepTasks.Open(new SweepJob { Task = "recommender", Data = table.Name, ValidationFraction = 0.1, Folds = settings.Folds, Seed = settings.Seed }, train);
            var result = task.RunAsync(Options(table.Name.Replace(' ', '-'), trials, settings.Seed), "ndcg@10").Result;
            var chosen = task.Choose(result, 4, 2);
            double minutes = clock.Elapsed.TotalMinutes;
            double Ndcg(ITransformer model) => context.Recommendation().EvaluateRanking((RecommenderTransformer)model, test, new RankingEvaluationOptions { CutOffs = [10], BootstrapSamples = 0 }).At(10).Ndcg.Value;
            double swept = Ndcg(task.Refit(chosen.Parameter, 1)), ease = Ndcg(context.Recommendation().Trainers.Ease().Fit(train));
            double known = RecommenderAlgorithm.All.Where(algorithm => algorithm.Chosen.Length > t)
                .Max(algorithm => Ndcg(algorithm.Create(context.Recommendation().Trainers, MLPipelines.Benchmarks.Recommenders.Settings.Parse(algorithm.Chosen[t])).Fit(train)));
            Console.WriteLine(FormattableString.Invariant($"{table.Name,-24} {minutes,7:F1} {ease,12:F4} {swept,8:F4} {known,10:F4} {swept / known,7:P1}   #{chosen.Id} {chosen.Parameter}"));
        }
    }

    /// <summary>Points with all data each, and as many as successive halving gets through with a share of their processor time.</summary>
    private static void SuccessiveHalving(Settings settings)
    {
        int trials = settings.Trials > 0 ? settings.Trials : 40;
        Console.WriteLine(FormattableString.Invariant($"\nSuccessive halving: {trials} points with all data each, and as many as a sweep that stops most early gets through until {StopShare:P0} of their processor time are spent; the best validation metric of both"));
        Console.WriteLine($"{"data",-24} {"full CPU s",10} {"ASHA CPU s",10} {"share",7} {"full best",9} {"ASHA best",9} {"share",7} {"points",6} {"stopped",7}");
        foreach (var set in TextSets.Where(set => settings.Wants(set.Name) && set.Name != "clinc150-oos"))
        {
            var train = Texts(new MLContext(1), settings.Data, set, "train.csv");
            Compare(set.Name, trials, settings, () => SweepTasks.Open(new SweepJob { Task = "text-classification", Data = set.Name, Families = ["linear"], Seed = settings.Seed }, train), "accuracy");
        }
        foreach (var table in RecommenderTable.All.Where((table, i) => i % 2 == 0 && settings.Wants(table.Name.Split(',')[0])))
        {
            var train = table.Train(new MLContext(1), settings.Data);
            Compare(table.Name, trials, settings, () => SweepTasks.Open(new SweepJob { Task = "recommender", Data = table.Name, ValidationFraction = 0.1, Seed = settings.Seed }, train), "ndcg@10");
        }
    }

    private static void Compare(string name, int trials, Settings settings, Func<SweepTask> open, string metric)
    {
        var (fullSeconds, full) = Timed(trials, null, double.PositiveInfinity);
        var (halvedSeconds, halved) = Timed(20 * trials, new SuccessiveHalvingPruner(), StopShare * fullSeconds);
        Console.WriteLine(FormattableString.Invariant(
            $"{name,-24} {fullSeconds,10:F1} {halvedSeconds,10:F1} {halvedSeconds / fullSeconds,7:P1} {full.Best.Metric,9:F4} {halved.Best.Metric,9:F4} {halved.Best.Metric / full.Best.Metric,7:P1} {halved.Trials.Count,6} {halved.Trials.Count(trial => trial.State == TrialState.Pruned),7}"));

        (double Seconds, SweepResult Result) Timed(int count, Pruner? pruner, double budget)
        {
            var task = open();
            var options = Options("asha", count, settings.Seed);
            using var spent = new CancellationTokenSource();
            var before = Process.GetCurrentProcess().TotalProcessorTime;
            double Seconds() => (Process.GetCurrentProcess().TotalProcessorTime - before).TotalSeconds;
            // A quasi-random sequence gives the same points in the same order, whatever comes of them.
            (options.Tuner, options.Pruner, options.CancellationToken, options.Progress) = (settings.Points, pruner, spent.Token, new Until(() => Seconds() >= budget, spent));
            var result = task.RunAsync(options, metric).Result;
            return (Seconds(), result);
        }
    }

    private static SweepOptions Options(string id, int trials, int seed) => new()
    {
        Id = id,
        LedgerPath = Path.Combine(Directory.CreateTempSubdirectory("sweeps-").FullName, "sweeps.db"),
        Trials = trials,
        Seed = seed,
        Progress = new Lines(),
    };

    private static IDataView Texts(MLContext context, string data, (string Name, string Folder, bool InScopeOnly) set, string file) =>
        context.Data.LoadFromEnumerable(new TextLabelReader("text", "label").Read(Path.Combine(data, set.Folder, file)).Where(row => !set.InScopeOnly || row.Label != "oos").ToArray());

    private sealed record Settings(string Data, double Minutes, int Trials, int Folds, int Seed, SweepTuner Points, string[] Sets)
    {
        public bool Wants(string name) => Sets.Length == 0 || Sets.Contains(name, StringComparer.Ordinal);
    }

    /// <summary>Cancels a sweep after the first trial that meets a condition.</summary>
    private sealed class Until(Func<bool> isDone, CancellationTokenSource cancellation) : IProgress<SweepProgress>
    {
        public void Report(SweepProgress value)
        {
            if (isDone())
                cancellation.Cancel();
        }
    }

    private sealed class Lines : IProgress<SweepProgress>
    {
        public void Report(SweepProgress value)
        {
            if (value.Trial.Failure is { } failure)
                Console.Error.WriteLine($"  trial {value.Trial.Id}: {failure.Split('\n')[0]}");
            if (value.Ended % 10 == 0)
                Console.Error.WriteLine(FormattableString.Invariant($"  {value.Ended} trials, best {value.Best?.Metric:F4}"));
        }
    }
}
