using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers;

namespace MLPipelines.Tests.Runtime.Trainers.Clustering;

[TestClass]
public sealed class KMeansTests
{
    [TestMethod]
    public void TheSamplePrintsThePublishedFigures()
    {
        var context = new MLContext(seed: 0);
        // The data come first: loading them takes a random number too.
        var data = Halves(context, 1000, 123);
        var model = context.Clustering.Trainers.KMeans(numberOfClusters: 2).Fit(data);
        var scored = model.Transform(Halves(context, 500, 123));
        var predictions = scored.Values<uint>("PredictedLabel");
        CollectionAssert.AreEqual(new uint[] { 1, 1 }, predictions[..2]);
        CollectionAssert.AreEqual(new uint[] { 2, 2, 2 }, predictions[^3..]);
        var metrics = context.Clustering.Evaluate(scored, "Label", "Score", "Features");
        Assert.AreEqual("0.95 4.17 2.87", PublishedSamples.Join(metrics.NormalizedMutualInformation, metrics.AverageDistance, metrics.DaviesBouldinIndex));
        AssertCentroid(model.Model, 0, 0.6035213f, 0.6017533f, 0.5964218f);
        AssertCentroid(model.Model, 1, 0.4031044f, 0.4175443f, 0.4082336f);
        CollectionAssert.AreEqual(scored.Vectors("Score")[7], context.Reload(model).Transform(Halves(context, 500, 123)).Vectors("Score")[7]);
    }

    [TestMethod]
    public void TheSampleWithOptionsPrintsThePublishedFigures()
    {
        var context = new MLContext(seed: 0);
        var options = new KMeansTrainer.Options { NumberOfClusters = 2, OptimizationTolerance = 1e-6f, NumberOfThreads = 1 };
        var data = Halves(context, 1000, 0);
        var model = context.Clustering.Trainers.KMeans(options).Fit(data);
        var scored = model.Transform(Halves(context, 500, 123));
        var metrics = context.Clustering.Evaluate(scored, "Label", "Score", "Features");
        Assert.AreEqual("0.92 4.18 2.87", PublishedSamples.Join(metrics.NormalizedMutualInformation, metrics.AverageDistance, metrics.DaviesBouldinIndex));
        AssertCentroid(model.Model, 0, 0.5840713f, 0.5678288f, 0.6221277f);
        AssertCentroid(model.Model, 1, 0.3705794f, 0.4289133f, 0.4001645f);
    }

    [TestMethod]
    [DataRow(KMeansTrainer.InitializationAlgorithm.KMeansPlusPlus, 3)]
    [DataRow(KMeansTrainer.InitializationAlgorithm.Random, 3)]
    [DataRow(KMeansTrainer.InitializationAlgorithm.KMeansYinyang, 3)]
    [DataRow(KMeansTrainer.InitializationAlgorithm.KMeansYinyang, 60)]
    public void CentroidsAreTheMeansOfTheExamplesNearestToThem(KMeansTrainer.InitializationAlgorithm algorithm, int clusterCount)
    {
        var context = new MLContext(3);
        var data = Halves(context, 2000, 5);
        var model = context.Clustering.Trainers.KMeans(new KMeansTrainer.Options { NumberOfClusters = clusterCount, InitializationAlgorithm = algorithm }).Fit(data);
        var predictions = model.Transform(data).Values<uint>("PredictedLabel");
        var rows = data.Vectors("Features");
        VBuffer<float>[] centroids = [];
        model.Model.GetClusterCentroids(ref centroids, out int count);
        Assert.AreEqual(clusterCount, count);
        for (int c = 0; c < count; c++)
        {
            var members = Enumerable.Range(0, rows.Length).Where(i => predictions[i] == c + 1).ToArray();
            Assert.IsGreaterThan(0, members.Length);
            for (int j = 0; j < 5; j++)
                Assert.AreEqual(members.Average(i => rows[i][j]), centroids[c].GetItemOrDefault(j), 2e-4);
        }
    }

    [TestMethod]
    public void BadInputIsRefused()
    {
        var trainers = new MLContext(0).Clustering.Trainers;
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => trainers.KMeans(numberOfClusters: 0)).Message, "Must be positive");
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => trainers.KMeans(new KMeansTrainer.Options { OptimizationTolerance = 0 })).Message, "Tolerance must be positive");
        var two = new MemoryView().AddFeatures([[1, 2], [3, 4]]);
        StringAssert.Contains(Assert.ThrowsExactly<InvalidOperationException>(() => trainers.KMeans(numberOfClusters: 5).Fit(two)).Message, "too few examples");
        var plusPlus = new KMeansTrainer.Options { InitializationAlgorithm = KMeansTrainer.InitializationAlgorithm.KMeansPlusPlus };
        StringAssert.Contains(Assert.ThrowsExactly<InvalidOperationException>(() => trainers.KMeans(plusPlus).Fit(two)).Message, "only found 2 distinct instances");
    }

    private static void AssertCentroid(KMeansModelParameters model, int cluster, params float[] expected)
    {
        VBuffer<float>[] centroids = [];
        model.GetClusterCentroids(ref centroids, out _);
        for (int i = 0; i < expected.Length; i++)
            Assert.AreEqual(expected[i], centroids[cluster].GetItemOrDefault(i), 2e-6f);
    }

    /// <summary>The first half of the examples is centred on 0.6, the second on 0.4.</summary>
    private static IDataView Halves(MLContext context, int count, int seed)
    {
        var random = new Random(seed);
        var rows = new List<Example>();
        for (int i = 0; i < count; i++)
        {
            bool isFirst = i < count / 2;
            var features = new float[50];
            for (int j = 0; j < features.Length; j++)
                features[j] = isFirst ? (float)random.NextDouble() + 0.1f : (float)random.NextDouble() - 0.1f;
            rows.Add(new Example { Label = isFirst ? 0u : 1, Features = features });
        }
        return context.Data.LoadFromEnumerable(rows);
    }

    public sealed class Example
    {
        [KeyType(2)]
        public uint Label { get; set; }

        [VectorType(50)]
        public float[] Features { get; set; } = [];
    }
}
