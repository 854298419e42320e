using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers;
using Microsoft.ML.Trainers.Recommender;

namespace MLPipelines.Tests.Runtime.Trainers.Recommendation;

[TestClass]
public sealed class MatrixFactorizationTests
{
    private const int Rows = 60, Columns = 40;

    [TestMethod]
    public void HeldOutValuesOfALowRankMatrixArePredicted()
    {
        var context = new MLContext(1);
        var model = context.Recommendation().Trainers.MatrixFactorization(Options(options => options.NumberOfIterations = 300)).Fit(Matrix(context, held: false));
        var metrics = context.Recommendation().Evaluate(model.Transform(Matrix(context, held: true)));
        Assert.IsLessThan(0.15, metrics.RootMeanSquaredError);
        Assert.AreEqual((Rows, Columns, 4), (model.Model.NumberOfRows, model.Model.NumberOfColumns, model.Model.ApproximationRank));
        Assert.HasCount(Rows * 4, model.Model.LeftFactorMatrix);
        Assert.HasCount(Columns * 4, model.Model.RightFactorMatrix);
    }

    [TestMethod]
    [DataRow(MatrixFactorizationTrainer.LossFunctionType.SquareLossRegression, 3)]
    [DataRow(MatrixFactorizationTrainer.LossFunctionType.SquareLossRegression, 23)]
    [DataRow(MatrixFactorizationTrainer.LossFunctionType.SquareLossRegression, 49)]
    [DataRow(MatrixFactorizationTrainer.LossFunctionType.SquareLossOneClass, 5)]
    public void EveryNumberOfThreadsGivesTheSameFactors(MatrixFactorizationTrainer.LossFunctionType loss, int rank)
    {
        var models = new[] { 1, 2, 5 }.Select(threads =>
        {
            var context = new MLContext(7);
            return context.Recommendation().Trainers
                .MatrixFactorization(Options(options => (options.NumberOfThreads, options.LossFunction, options.ApproximationRank) = (threads, loss, rank)))
                .Fit(Matrix(context, held: false)).Model;
        }).ToArray();
        foreach (var model in models.Skip(1))
        {
            CollectionAssert.AreEqual(models[0].LeftFactorMatrix.ToArray(), model.LeftFactorMatrix.ToArray());
            CollectionAssert.AreEqual(models[0].RightFactorMatrix.ToArray(), model.RightFactorMatrix.ToArray());
        }
    }

    [TestMethod]
    public void NonNegativeFactorsAreNotNegative()
    {
        foreach (var loss in Enum.GetValues<MatrixFactorizationTrainer.LossFunctionType>())
        {
            var context = new MLContext(1);
            var options = Options(options => (options.NonNegative, options.LossFunction, options.ApproximationRank) = (true, loss, 19));
            var model = context.Recommendation().Trainers.MatrixFactorization(options).Fit(Matrix(context, held: false)).Model;
            Assert.IsTrue(model.LeftFactorMatrix.Concat(model.RightFactorMatrix).All(value => value >= 0));
            Assert.IsTrue(model.LeftFactorMatrix.Any(value => value > 0));
        }
    }

    [TestMethod]
    public void OneClassFactorsAreWhereTheLossOfAllValuesIsFlat()
    {
        const double alpha = 0.2, c = -0.3, lambda = 0.4;
        var context = new MLContext(3);
        var options = Options(options =>
        {
            options.LossFunction = MatrixFactorizationTrainer.LossFunctionType.SquareLossOneClass;
            (options.Alpha, options.C, options.Lambda, options.NumberOfIterations) = (alpha, c, lambda, 3000);
        });
        var model = context.Recommendation().Trainers.MatrixFactorization(options).Fit(Matrix(context, held: false)).Model;
        var known = Values(held: false).ToDictionary(value => ((int)value.Row, (int)value.Column), value => value.Label);
        var gradient = new double[4];
        for (int row = 0; row < Rows; row++)
        {
            for (int d = 0; d < 4; d++)
                gradient[d] = lambda * model.LeftFactorMatrix[row * 4 + d];
            for (int column = 0; column < Columns; column++)
            {
                double product = Enumerable.Range(0, 4).Sum(d => (double)model.LeftFactorMatrix[row * 4 + d] * model.RightFactorMatrix[column * 4 + d]);
                double pull = known.TryGetValue((row, column), out float value) ? product - value : alpha * (product - c);
                for (int d = 0; d < 4; d++)
                    gradient[d] += pull * model.RightFactorMatrix[column * 4 + d];
            }
            foreach (double slope in gradient)
                Assert.AreEqual(0, slope, 0.02);
        }
    }

    [TestMethod]
    public void WhatTrainingDidNotKnowScoresNaNAndIsLeftOutOfTheMetrics()
    {
        var context = new MLContext(1);
        var known = Values(held: false).Where(value => value.Row != 5 && value.Column != 9).Append(new Value { Row = Rows, Column = 3, Label = 1 }).Append(new Value { Row = 3, Column = 3, Label = float.NaN });
        var warnings = new List<string>();
        context.Log += (_, e) =>
        {
            if (e.Kind == Microsoft.ML.Runtime.ChannelMessageKind.Warning)
                warnings.Add(e.RawMessage);
        };
        var model = context.Recommendation().Trainers.MatrixFactorization(Options()).Fit(context.Data.LoadFromEnumerable(known));
        Assert.Contains("Skipped 2 instances", warnings.Single(warning => warning.Contains("Skipped", StringComparison.Ordinal)));
        var asked = context.Data.LoadFromEnumerable(new[] { new Value { Row = 5, Column = 3 }, new Value { Row = 3, Column = 9 }, new Value { Row = Rows, Column = 3 }, new Value { Row = 3, Column = 3, Label = 1 } });
        var scored = model.Transform(asked);
        var scores = scored.Values<float>("Score");
        CollectionAssert.AreEqual(new[] { float.NaN, float.NaN, float.NaN }, scores[..3]);
        Assert.AreEqual(Math.Abs(scores[3] - 1), context.Recommendation().Evaluate(scored).MeanAbsoluteError, 1e-6);
        Assert.IsTrue(model.Model.LeftFactorMatrix.Skip(5 * 4).Take(4).All(float.IsNaN));
    }

    [TestMethod]
    public void ALoadedModelScoresTheSame()
    {
        var context = new MLContext(1);
        var data = Matrix(context, held: false);
        var model = context.Recommendation().Trainers.MatrixFactorization(Options()).Fit(data);
        var loaded = context.Reload(model);
        Assert.IsInstanceOfType<MatrixFactorizationPredictionTransformer>(loaded is IEnumerable<ITransformer> chain ? chain.Single() : loaded);
        CollectionAssert.AreEqual(model.Transform(data).Values<float>("Score"), loaded.Transform(data).Values<float>("Score"));
    }

    [TestMethod]
    public void IterationsAreReportedUnlessQuiet()
    {
        foreach (bool quiet in new[] { false, true })
        {
            var context = new MLContext(1);
            var lines = new List<string>();
            context.Log += (_, e) => lines.Add(e.RawMessage);
            var trainer = context.Recommendation().Trainers.MatrixFactorization(Options(options => (options.Quiet, options.NumberOfIterations) = (quiet, 3)));
            trainer.Fit(Matrix(context, held: false), Matrix(context, held: true));
            Assert.HasCount(quiet ? 0 : 3, lines.Where(line => line.Contains("tr_rmse", StringComparison.Ordinal) && line.Contains("va_rmse", StringComparison.Ordinal)).ToArray());
        }
    }

    [TestMethod]
    public void FoldsAreCrossValidated()
    {
        var context = new MLContext(1);
        var results = context.Recommendation().CrossValidate(Matrix(context, held: false), context.Recommendation().Trainers.MatrixFactorization("Label", "Column", "Row", 4, 0.1, 100), numberOfFolds: 3);
        Assert.HasCount(3, results);
        Assert.IsTrue(results.All(result => result.Metrics.RootMeanSquaredError < 0.5));
    }

    [TestMethod]
    public void ThePromisedColumnIsTheOneThatIsAdded()
    {
        var context = new MLContext(1);
        var data = Matrix(context, held: false);
        var trainer = context.Recommendation().Trainers.MatrixFactorization(Options());
        var score = trainer.GetOutputSchema(SchemaShape.Create(data.Schema)).Single(column => column.Name == "Score");
        Assert.AreEqual((SchemaShape.Column.VectorKind.Scalar, NumberDataViewType.Single, false), (score.Kind, (NumberDataViewType)score.ItemType, score.IsKey));
        Assert.AreEqual(NumberDataViewType.Single, trainer.Fit(data).GetOutputSchema(data.Schema)["Score"].Type);
    }

    [TestMethod]
    public void BadInputIsRefused()
    {
        var context = new MLContext(1);
        var trainers = context.Recommendation().Trainers;
        foreach (Action<MatrixFactorizationTrainer.Options> spoil in new Action<MatrixFactorizationTrainer.Options>[]
        {
            options => options.ApproximationRank = 0, options => options.NumberOfIterations = 0, options => options.Lambda = -1, options => options.LearningRate = 0,
            options => options.Alpha = 0, options => options.C = double.NaN, options => options.NumberOfThreads = 0, options => options.LossFunction = (MatrixFactorizationTrainer.LossFunctionType)5,
        })
        {
            Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => trainers.MatrixFactorization(Options(spoil)));
        }
        Assert.ThrowsExactly<ArgumentException>(() => trainers.MatrixFactorization("", "Column", "Row"));
        var data = Matrix(context, held: false);
        Assert.Contains("expected Key", Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => trainers.MatrixFactorization("Label", "Label", "Row").Fit(data)).Message);
        Assert.Contains("'None'", Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => trainers.MatrixFactorization("Label", "Column", "None").Fit(data)).Message);
        Assert.Contains("expected Single", Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => trainers.MatrixFactorization("Row", "Column", "Row").Fit(data)).Message);
        Assert.Contains("Not a single value", Assert.ThrowsExactly<InvalidOperationException>(() => trainers.MatrixFactorization(Options()).Fit(context.Data.LoadFromEnumerable(Array.Empty<Value>()))).Message);
        Assert.Contains("lower LearningRate", Assert.ThrowsExactly<InvalidOperationException>(() => trainers.MatrixFactorization(Options(options => options.LearningRate = 1e6)).Fit(data)).Message);
    }

    [TestMethod]
    [TestCategory("SharedData")]
    [DataRow("movielens_small_mlnet", 100, 0.1, 0.05, 34, 0.8581)]
    [DataRow("movielens_small_mlnet", 8, 0.04, 0.05, 20, 0.8808)]
    [DataRow("movielens_100k", 32, 0.1, 0.1, 14, 0.9748)]
    public void RatingsArePredictedAsWellAsByLibmf(string name, int rank, double lambda, double rate, int iterations, double published)
    {
        var context = new MLContext(1);
        var (train, test) = SharedRatings.Load(context, name);
        var options = Options(options => (options.ApproximationRank, options.Lambda, options.LearningRate, options.NumberOfIterations) = (rank, lambda, rate, iterations));
        options.Quiet = true;
        var model = context.Recommendation().Trainers.MatrixFactorization(options).Fit(train);
        // The published figures give pairs that training did not know the mean rating, and clip scores to the range of ratings.
        var labels = train.Values<float>("Label");
        float mean = labels.Average(), least = labels.Min(), most = labels.Max();
        var scored = model.Transform(test);
        double error = Math.Sqrt(scored.Values<float>("Score").Zip(scored.Values<float>("Label"), (score, label) => Math.Pow(label - (float.IsNaN(score) ? mean : Math.Clamp(score, least, most)), 2)).Average());
        Assert.IsLessThan(published + 0.004, error, $"{name}, rank {rank}");
    }

    private static MatrixFactorizationTrainer.Options Options(Action<MatrixFactorizationTrainer.Options>? change = null)
    {
        var options = new MatrixFactorizationTrainer.Options
        {
            LabelColumnName = "Label",
            MatrixColumnIndexColumnName = "Column",
            MatrixRowIndexColumnName = "Row",
            ApproximationRank = 4,
            Lambda = 0.01,
            NumberOfIterations = 30,
        };
        change?.Invoke(options);
        return options;
    }

    private static IDataView Matrix(MLContext context, bool held) => context.Data.LoadFromEnumerable(Values(held));

    /// <summary>A matrix of rank 2; a fifth of its values is held out. Keys of objects count from 0.</summary>
    private static IEnumerable<Value> Values(bool held)
    {
        for (uint row = 0; row < Rows; row++)
        {
            for (uint column = 0; column < Columns; column++)
            {
                if ((row * 7 + column * 13) % 5 == 0 == held)
                    yield return new Value { Row = row, Column = column, Label = 3 + MathF.Sin(row) * MathF.Cos(column) + 0.5f * MathF.Sin(row * 2) };
            }
        }
    }

    private sealed class Value
    {
        [KeyType(Rows)]
        public uint Row { get; set; }

        [KeyType(Columns)]
        public uint Column { get; set; }

        public float Label { get; set; }
    }
}
