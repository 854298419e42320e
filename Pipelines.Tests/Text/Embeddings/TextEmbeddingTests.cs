using Microsoft.ML;
using Microsoft.ML.Data;
using MLPipelines.Tests.FineTuning;
using MLPipelines.Text;
using MLPipelines.Text.Encoders;
using MLPipelines.Training;

namespace MLPipelines.Tests.Embeddings;

[TestClass]
public sealed class TextEmbeddingTests
{
    private readonly MLContext _context = new(seed: 1);

    private static TextEmbeddingOptions Options(SentencePooling? pooling = null) =>
        new() { Encoder = TinyText.Checkpoint, Pooling = pooling, Precision = TrainingPrecision.Float32, Device = "cpu" };

    private TextEmbeddingTransformer Fit(TextEmbeddingOptions? options = null) => _context.Transforms.Text.EmbedText(options ?? Options()).Fit(TinyText.View(_context, []));

    [TestMethod]
    public void TextsBecomeVectorsOfLengthOne()
    {
        using var model = Fit();
        var vectors = model.Transform(TinyText.View(_context, TinyText.Intents(50))).GetColumn<float[]>("Embedding").ToArray();
        Assert.HasCount(50, vectors);
        foreach (var vector in vectors)
        {
            Assert.HasCount(model.Dimension, vector);
            Assert.AreEqual(1, vector.Sum(value => value * value), 1e-4);
        }
    }

    [TestMethod]
    public void PoolingCanBeChosen()
    {
        using var mean = Fit(Options(new SentencePooling(PoolingModes.Mean, Normalize: false)));
        using var first = Fit(Options(new SentencePooling(PoolingModes.FirstToken, Normalize: false)));
        using var both = Fit(Options(new SentencePooling(PoolingModes.FirstToken | PoolingModes.Mean, Normalize: false)));
        float[] expected = [.. first.Embed(["one lamp"])[0], .. mean.Embed(["one lamp"])[0]];
        CollectionAssert.AreEqual(expected, both.Embed(["one lamp"])[0]);
    }

    [TestMethod]
    public void ATextIsNearestToItself()
    {
        using var model = Fit();
        string[] texts = [.. TinyText.Intents(30).Select(row => row.Text)];
        var search = new SemanticSearch(model, texts);
        var found = search.Search(texts[17], 5);
        Assert.HasCount(5, found);
        Assert.AreEqual(texts[17], found[0].Text);
        Assert.AreEqual(1, found[0].Similarity, 1e-4);
    }

    [TestMethod]
    public void KMeansStandsOnTop()
    {
        var data = TinyText.View(_context, TinyText.Intents(60));
        var pipeline = _context.Transforms.Text.EmbedText(Options()).Append(_context.Clustering.Trainers.KMeans("Embedding", numberOfClusters: 3));
        var clusters = pipeline.Fit(data).Transform(data).GetColumn<uint>("PredictedLabel").ToArray();
        Assert.HasCount(60, clusters);
        // Even an encoder that knows nothing tells sentences of other words apart.
        Assert.IsGreaterThan(1, clusters.Distinct().Count());
        for (int kind = 0; kind < 3; kind++)
            Assert.IsGreaterThan(10, clusters.Where((_, i) => i % 3 == kind).GroupBy(cluster => cluster).Max(group => group.Count()));
    }

    [TestMethod]
    public void SimilarityIsEvaluatedByRank()
    {
        using var model = Fit();
        var rows = _context.Data.LoadFromEnumerable(Enumerable.Range(0, 3).Select(i => new Pair
        {
            First = model.Embed(["where is my order"])[0], Second = model.Embed([new[] { "where is my order", "where is my parcel", "thank you" }[i]])[0], Similarity = 3 - i,
        }));
        Assert.AreEqual(1, _context.Transforms.Text.EvaluateSimilarity(rows, "First", "Second"), 1e-9);
    }

    [TestMethod]
    public void FaultyOptionsAreListed()
    {
        var options = new TextEmbeddingOptions { TextColumnName = "", MaximumTokens = 2, Device = "tpu", Pooling = new SentencePooling(0) };
        string message = Assert.ThrowsExactly<ArgumentException>(() => Fit(options)).Message;
        foreach (string expected in new[] { "TextColumnName is empty", "Encoder is missing", "MaximumTokens is 2", "Device is 'tpu'", "Pooling.Modes" })
            Assert.Contains(expected, message);
        Assert.Contains("random weights", Assert.ThrowsExactly<ArgumentException>(() => Fit(new() { Encoder = TinyText.Scratch() })).Message);
    }

    private sealed class Pair
    {
        [VectorType(32)]
        public float[] First { get; set; } = [];

        [VectorType(32)]
        public float[] Second { get; set; } = [];

        public float Similarity { get; set; }
    }
}
