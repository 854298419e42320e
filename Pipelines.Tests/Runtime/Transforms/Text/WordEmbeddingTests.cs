using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Text;

namespace MLPipelines.Tests.Runtime.Transforms.Text;

[TestClass]
[DoNotParallelize]
public sealed class WordEmbeddingTests
{
    private const string Variable = "MICROSOFTML_RESOURCE_PATH";

    private readonly MLContext _context = new(1);
    private readonly string _folder = Directory.CreateTempSubdirectory("embedding").FullName;

    [TestCleanup]
    public void DeleteFolder() => Directory.Delete(_folder, recursive: true);

    // The published sample of ApplyWordEmbedding with an own model.
    [TestMethod]
    public void OwnModelOfThePublishedSample()
    {
        var data = TextTestData.Load(_context, "This is a great product. I would like to buy it again.", "nothing known");
        string path = Write("own.txt", "great 1.0 2.0 3.0", "product -1.0 -2.0 -3.0", "like -1 100.0 -100", "buy 0 0 20");
        var transformer = Pipeline(path).Fit(data);
        var rows = TextTestData.Vectors<float>(transformer.Transform(data), "Features");
        CollectionAssert.AreEqual(new[] { -1, 0, -100, 0, 34, -77 / 3f, 1, 100, 20 }, rows[0].DenseValues().ToArray());
        CollectionAssert.AreEqual(Enumerable.Repeat(float.MaxValue, 3).Concat(new float[3]).Concat(Enumerable.Repeat(float.MinValue, 3)).ToArray(), rows[1].DenseValues().ToArray());
        TextTestData.AssertShape(Pipeline(path), data, transformer.Transform(data), "Features");

        // The vectors are part of the saved model.
        File.Delete(path);
        TextTestData.AssertSame(rows, TextTestData.Vectors<float>(TextTestData.ThroughFile(_context, transformer, data), "Features"));
    }

    [TestMethod]
    public void HeadersAndBrokenLinesCountForNothing()
    {
        var data = TextTestData.Load(_context, "a b c");
        string path = Write("vectors.txt", "3 2", "a 1 2", "b 1 x", "a 9 9", "", "c\t3\t4 ", "b 1 2 3");
        CollectionAssert.AreEqual(new float[] { 1, 2, 2, 3, 3, 4 }, TextTestData.Vectors<float>(Pipeline(path).Fit(data).Transform(data), "Features")[0].DenseValues().ToArray());
    }

    [TestMethod]
    public void MissingAndEmptyModelsAreNamed()
    {
        var data = TextTestData.Load(_context, "a");
        string absent = Path.Combine(_folder, "absent.txt");
        Assert.Contains($"Custom word embedding model file '{absent}' could not be found", Assert.ThrowsExactly<InvalidOperationException>(() => Pipeline(absent).Fit(data)).Message);
        string empty = Write("empty.txt");
        Assert.Contains(empty, Assert.ThrowsExactly<InvalidOperationException>(() => Pipeline(empty).Fit(data)).Message);
        string file = Write("own.txt", "a 1", "b 2");
        var wrong = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => _context.Transforms.Text.ApplyWordEmbedding("Features", file, "Text").Fit(data));
        Assert.Contains("expected Text, got String", wrong.Message);
    }

    [TestMethod]
    public void PretrainedModelsAreFoundBelowTheResourceFolder()
    {
        var data = TextTestData.Load(_context, "b a");
        var pipeline = _context.Transforms.Text.TokenizeIntoWords("Words", "Text")
            .Append(_context.Transforms.Text.ApplyWordEmbedding("Features", "Words", WordEmbeddingEstimator.PretrainedModelKind.GloVe50D));
        string? before = Environment.GetEnvironmentVariable(Variable);
        try
        {
            Environment.SetEnvironmentVariable(Variable, null);
            Assert.Contains(Variable, Assert.ThrowsExactly<InvalidOperationException>(() => pipeline.Fit(data)).Message);
            Environment.SetEnvironmentVariable(Variable, _folder);
            Assert.Contains("glove.6B.50d.txt", Assert.ThrowsExactly<InvalidOperationException>(() => pipeline.Fit(data)).Message);
            Directory.CreateDirectory(Path.Combine(_folder, "WordVectors"));
            Write(Path.Combine("WordVectors", "glove.6B.50d.txt"), "a 1", "b 3");
            var transformer = pipeline.Fit(data);
            CollectionAssert.AreEqual(new float[] { 1, 2, 3 }, TextTestData.Vectors<float>(TextTestData.ThroughFile(_context, transformer, data), "Features")[0].DenseValues().ToArray());
        }
        finally
        {
            Environment.SetEnvironmentVariable(Variable, before);
        }
    }

    private EstimatorChain<WordEmbeddingTransformer> Pipeline(string path) =>
        _context.Transforms.Text.NormalizeText("Text")
            .Append(_context.Transforms.Text.TokenizeIntoWords("Words", "Text"))
            .Append(_context.Transforms.Text.ApplyWordEmbedding("Features", path, "Words"));

    private string Write(string name, params string[] lines)
    {
        string path = Path.Combine(_folder, name);
        File.WriteAllLines(path, lines);
        return path;
    }
}
