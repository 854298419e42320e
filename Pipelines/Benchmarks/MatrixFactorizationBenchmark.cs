using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers;

namespace MLPipelines.Benchmarks;

/// <summary>Ratings predicted by matrix factorisation: error on held-out rows (in parentheses: clipped, and with the mean for pairs unknown to training), and time to train.</summary>
internal static class MatrixFactorizationBenchmark
{
    private const int Runs = 7;

    public static int Run(string folder)
    {
        Row(folder, "movielens_small_mlnet", 100, 0.1, 0.1, 20, "ML.NET 5.0.0: 0.858, 0.14 s, 0.10 s on 2 threads");
        Row(folder, "movielens_small_mlnet", 8, 0.1, 0.1, 20, "ML.NET 5.0.0: 0.880, 0.06 s");
        Row(folder, "movielens_small_mlnet", 100, 0.1, 0.05, 34, "LIBMF: 0.8581, 0.334 s, 0.340 s on 2 threads");
        Row(folder, "movielens_small_mlnet", 32, 0.12, 0.05, 85, "LIBMF: 0.8645, 0.274 s, 0.312 s on 2 threads");
        Row(folder, "movielens_small_mlnet", 8, 0.04, 0.05, 20, "LIBMF: 0.8808, 0.075 s, 0.085 s on 2 threads");
        Row(folder, "movielens_100k", 100, 0.08, 0.05, 18, "LIBMF: 0.9832, 0.140 s, 0.141 s on 2 threads");
        Row(folder, "movielens_100k", 32, 0.1, 0.1, 14, "LIBMF: 0.9748, 0.070 s, 0.071 s on 2 threads");
        return 0;
    }

    private static void Row(string folder, string name, int rank, double lambda, double rate, int iterations, string reference)
    {
        var context = new MLContext(1);
        var rows = Read(context, Path.Combine(folder, name, "train.csv"));
        var keys = context.Transforms.Conversion.MapValueToKey("Row", "User").Append(context.Transforms.Conversion.MapValueToKey("Column", "Item")).Fit(rows);
        var train = context.Data.Cache(keys.Transform(rows));
        var test = context.Data.Cache(keys.Transform(Read(context, Path.Combine(folder, name, "test.csv"))));
        var seconds = new double[2];
        double error = 0, errorOfAll = 0;
        for (int threads = 1; threads <= 2; threads++)
        {
            var options = new MatrixFactorizationTrainer.Options
            {
                LabelColumnName = "Label",
                MatrixColumnIndexColumnName = "Column",
                MatrixRowIndexColumnName = "Row",
                ApproximationRank = rank,
                Lambda = lambda,
                LearningRate = rate,
                NumberOfIterations = iterations,
                NumberOfThreads = threads,
                Quiet = true,
            };
            ITransformer? model = null;
            seconds[threads - 1] = Measure.Median(Runs, () => model = new MLContext(1).Recommendation().Trainers.MatrixFactorization(options).Fit(train));
            var scored = model!.Transform(test);
            error = context.Recommendation().Evaluate(scored).RootMeanSquaredError;
            errorOfAll = ClippedError(scored, [.. train.GetColumn<float>("Label")]);
        }
        Measure.Print(
            $"{name}, rank {rank}, {iterations} iterations",
            FormattableString.Invariant($"{error:F4} ({errorOfAll:F4}), {seconds[0]:F3} s, {seconds[1]:F3} s"),
            reference);
    }

    /// <summary>The error over all rows, as LIBMF's was measured: pairs unknown to training get the mean rating, scores are clipped to the range of ratings.</summary>
    private static double ClippedError(IDataView scored, float[] ratings)
    {
        float mean = ratings.Average(), least = ratings.Min(), most = ratings.Max();
        return Math.Sqrt(scored.GetColumn<float>("Score").Zip(scored.GetColumn<float>("Label"), (score, label) => Math.Pow(label - (float.IsNaN(score) ? mean : Math.Clamp(score, least, most)), 2)).Average());
    }

    private static IDataView Read(MLContext context, string path) => context.Data.LoadFromTextFile(
        path,
        [new TextLoader.Column("User", DataKind.String, 0), new TextLoader.Column("Item", DataKind.String, 1), new TextLoader.Column("Label", DataKind.Single, 2)],
        separatorChar: ',',
        hasHeader: true);
}
