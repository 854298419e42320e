using Microsoft.ML;
using Microsoft.ML.Data;
using MLPipelines.Recommendation;
using MLPipelines.Sweeps;
using MLPipelines.Text;

namespace MLPipelines.Benchmarks;

/// <summary>What sweeps over real data gain: settings are chosen on a tenth of the training rows, then measured once on the test rows.</summary>
internal static class SweepBenchmark
{
    private static readonly TimeSpan TextTime = TimeSpan.FromMinutes(10);
    private const int RecommenderTrials = 30;

    public static int Run(string folder)
    {
        foreach (string set in new[] { "movielens_100k", "movielens_small_mlnet", "lastfm_implicit" })
            Recommender(folder, set);
        foreach (string set in new[] { "banking77", "clinc150", "sst2" })
            Text(folder, set);
        return 0;
    }

    private static SweepOptions Options(string id) => new()
    {
        Id = id,
        LedgerPath = Path.Combine(Directory.CreateTempSubdirectory("sweeps-").FullName, "sweeps.db"),
        Progress = new Lines(),
    };

    private static void Recommender(string folder, string set)
    {
        var context = new MLContext(1);
        var train = Interactions(context, Path.Combine(folder, set, "train.csv"));
        var test = Interactions(context, Path.Combine(folder, set, "test.csv"));
        var split = InteractionSplits.Random(train, 0.1);
        var options = Options(set);
        options.Trials = RecommenderTrials;
        static void Common(RecommenderOptions recommender) => recommender.Binary = true;
        var result = RecommenderSweep.RunAsync(context, options, split.Train, split.Test, common: Common).Result;
        double Ndcg(IEstimator<RecommenderTransformer> estimator) => context.Recommendation().EvaluateRanking(estimator.Fit(train), test, new RankingEvaluationOptions { CutOffs = [10], BootstrapSamples = 0 }).At(10).Ndcg.Value;
        Console.WriteLine(FormattableString.Invariant(
            $"{set}: best of {RecommenderTrials} trials {result.Best.Parameter}, NDCG@10 {result.Best.Metric:F4} on validation, {Ndcg(RecommenderSweep.Create(context, result.Best.Parameter, Common)):F4} on test; EASE as it comes {Ndcg(context.Recommendation().Trainers.Ease(new EaseOptions { Binary = true })):F4}"));
    }

    private static void Text(string folder, string set)
    {
        var context = new MLContext(1);
        var rows = Texts(context, Path.Combine(folder, set, "train.csv"));
        var test = Texts(context, Path.Combine(folder, set, "test.csv"));
        var split = context.Data.TrainTestSplit(rows, 0.1, seed: 1);
        var options = Options(set);
        (options.Time, options.Trials) = (TextTime, 10_000);
        var result = LinearTextSweep.RunAsync(context, options, split.TrainSet, split.TestSet).Result;
        double Accuracy(LinearTextClassificationOptions classifier)
        {
            var scored = context.MulticlassClassification.Trainers.LinearText(classifier).Append(context.Transforms.Conversion.MapKeyToValue("PredictedLabel")).Fit(rows).Transform(test);
            return scored.GetColumn<string>("Label").Zip(scored.GetColumn<string>("PredictedLabel")).Average(pair => pair.First == pair.Second ? 1.0 : 0);
        }
        Console.WriteLine(FormattableString.Invariant(
            $"{set}: best of {result.Trials.Count} trials in {TextTime.TotalMinutes} minutes {result.Best.Parameter}, accuracy {result.Best.Metric:F4} on validation, {Accuracy(LinearTextSweep.Create(result.Best.Parameter)):F4} on test; as it comes {Accuracy(new()):F4}"));
    }

    private static IDataView Interactions(MLContext context, string path) => context.Data.LoadFromTextFile(
        path, [new TextLoader.Column("UserId", DataKind.String, 0), new TextLoader.Column("ItemId", DataKind.String, 1)], separatorChar: ',', hasHeader: true);

    private static IDataView Texts(MLContext context, string path) => context.Data.Cache(context.Data.LoadFromTextFile(
        path,
        new TextLoader.Options
        {
            Columns = [new TextLoader.Column("Text", DataKind.String, 0), new TextLoader.Column("Label", DataKind.String, 1)],
            Separators = [','], HasHeader = true, AllowQuoting = true, ReadMultilines = true,
        }));

    private sealed class Lines : IProgress<SweepProgress>
    {
        public void Report(SweepProgress value)
        {
            if (value.Ended % 10 == 0)
                Console.Error.WriteLine(FormattableString.Invariant($"  {value.Ended} trials, best {value.Best?.Metric:F4}"));
        }

    }
}
