using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Text;
using static Microsoft.ML.Transforms.Text.NgramExtractingEstimator;

namespace MLPipelines.Tests.Runtime.Transforms.Text;

[TestClass]
public sealed class NgramTests
{
    private static readonly string[] SampleTexts =
    [
        "This is an example to compute n-grams.",
        "N-gram is a sequence of 'N' consecutive words/tokens.",
        "ML.NET's ProduceNgrams API produces vector of n-grams.",
        "Each position in the vector corresponds to a particular n-gram.",
        "The value at each position corresponds to,",
        "the number of times n-gram occurred in the data (Tf), or",
        "the inverse of the number of documents that contain the n-gram (Idf),",
        "or compute both and multiply together (Tf-Idf).",
    ];

    private readonly MLContext _context = new(1);

    // The published sample of ProduceNgrams.
    [TestMethod]
    public void NgramsOfThePublishedSample()
    {
        var (result, _) = Ngrams(SampleTexts, 3, useAllLengths: false);
        var names = TextTestData.SlotNames(result, "Ngrams");
        Assert.HasCount(52, names);
        CollectionAssert.AreEqual(
            "This|is|an  is|an|example  an|example|to  example|to|compute  to|compute|n-grams.  N-gram|is|a  is|a|sequence  a|sequence|of  sequence|of|'N'  of|'N'|consecutive".Split("  "),
            names[..10]);
        CollectionAssert.AreEqual(new float[] { 1, 1, 1, 1, 1, 0, 0, 0, 0, 0 }, TextTestData.Vectors<float>(result, "Ngrams")[0].DenseValues().Take(10).ToArray());
    }

    // The published sample of ProduceWordBags.
    [TestMethod]
    public void WordBagsOfThePublishedSample()
    {
        var data = TextTestData.Load(_context,
            "This is an example to compute bag-of-word features.",
            "ML.NET's ProduceWordBags API produces bag-of-word features from input text.",
            "It does so by first tokenizing text/string into words/tokens then ",
            "computing n-grams and their neumeric values.",
            "Each position in the output vector corresponds to a particular n-gram.",
            "The value at each position corresponds to,",
            "the number of times n-gram occured in the data (Tf), or",
            "the inverse of the number of documents that contain the n-gram (Idf),",
            "or compute both and multipy together (Tf-Idf).");
        var result = _context.Transforms.Text.ProduceWordBags("Bag", "Text", 3, useAllLengths: false).Fit(data).Transform(data);
        var names = TextTestData.SlotNames(result, "Bag");
        Assert.HasCount(62, names);
        CollectionAssert.AreEqual(
            ("This|is|an  is|an|example  an|example|to  example|to|compute  to|compute|bag-of-word  compute|bag-of-word|features.  "
                + "ML.NET's|ProduceWordBags|API  ProduceWordBags|API|produces  API|produces|bag-of-word  produces|bag-of-word|features").Split("  "),
            names[..10]);
        CollectionAssert.AreEqual(new float[] { 1, 1, 1, 1, 1, 1, 0, 0, 0, 0 }, TextTestData.Vectors<float>(result, "Bag")[0].DenseValues().Take(10).ToArray());
    }

    [TestMethod]
    [DataRow(1, 0, true, "a b c a")]
    [DataRow(2, 0, true, "a a|b b b|c c c|a")]
    [DataRow(2, 0, false, "a|b b|c c|a")]
    [DataRow(2, 1, true, "a a|b a|c b b|c b|a c c|a")]
    [DataRow(3, 1, true, "a a|b a|b|c a|b|a a|c a|c|a b b|c b|c|a b|a c c|a")]
    public void SlotsComeByPositionThenDepthFirst(int length, int skips, bool useAllLengths, string expected)
    {
        var (result, _) = Ngrams(["a b c a"], length, skips, useAllLengths);
        CollectionAssert.AreEqual(expected.Split(' ').Distinct().ToArray(), TextTestData.SlotNames(result, "Ngrams"));
    }

    [TestMethod]
    public void WeightsAreCountsTimesInverseDocumentFrequencies()
    {
        string[] texts = ["a a b", "a c", "a"];
        float rare = (float)Math.Log(3.0), zero = 0;
        CollectionAssert.AreEqual(new[] { 2, 1f, 0 }, First(WeightingCriteria.Tf));
        CollectionAssert.AreEqual(new[] { zero, rare, 0 }, First(WeightingCriteria.Idf));
        CollectionAssert.AreEqual(new[] { zero, rare, 0 }, First(WeightingCriteria.TfIdf));

        float[] First(WeightingCriteria weighting) =>
            [.. TextTestData.Vectors<float>(Ngrams(texts, 1, weighting: weighting).Result, "Ngrams")[0].DenseValues()];
    }

    [TestMethod]
    public void LimitsHoldForEachLength()
    {
        var (result, _) = Ngrams(["a b c d"], 2, maximum: 2);
        CollectionAssert.AreEqual(new[] { "a", "a|b", "b", "b|c" }, TextTestData.SlotNames(result, "Ngrams"));
    }

    [TestMethod]
    public void WordsBeyondTheLimitBecomeOneUnknownWord()
    {
        var data = TextTestData.Load(_context, "a b c b d");
        var result = _context.Transforms.Text.ProduceWordBags("Bag", "Text", 2, maximumNgramsCount: 2).Fit(data).Transform(data);
        CollectionAssert.AreEqual(new[] { "a", "a|b", "b", "b|*" }, TextTestData.SlotNames(result, "Bag"));
        CollectionAssert.AreEqual(new float[] { 1, 1, 2, 2 }, TextTestData.Vectors<float>(result, "Bag")[0].DenseValues().ToArray());
    }

    [TestMethod]
    public void TermsWithFrequenciesAreCounted()
    {
        string[] texts = ["div:12;strong:9;span:13;br:1;a:2", "p:5;strong:1;code:2;br:2;a:2;img:1;span:6;script:1", "p:5", "p", "-1"];
        var data = TextTestData.Load(_context, texts);
        var transformer = _context.Transforms.Text.ProduceWordBags("Text", termSeparator: ';', freqSeparator: ':').Fit(data);
        var result = transformer.Transform(data);
        CollectionAssert.AreEqual(new float[] { 12, 9, 13, 1, 2, 0, 0, 0, 0, 0 }, TextTestData.Vectors<float>(result, "Text")[0].DenseValues().ToArray());
        Assert.HasCount(5, result.Schema);
        TextTestData.AssertSame(TextTestData.Vectors<float>(result, "Text"), TextTestData.Vectors<float>(TextTestData.ThroughFile(_context, transformer, data), "Text"));

        var other = TextTestData.Load(_context, texts.Select(text => text.Replace(';', '#').Replace(':', ';').Replace('#', ':')));
        var swapped = _context.Transforms.Text.ProduceWordBags("Text", termSeparator: ':', freqSeparator: ';').Fit(other).Transform(other);
        TextTestData.AssertSame(TextTestData.Vectors<float>(result, "Text"), TextTestData.Vectors<float>(swapped, "Text"));

        var bad = TextTestData.Load(_context, "a:many");
        Assert.Contains("'many'", Assert.ThrowsExactly<FormatException>(() => _context.Transforms.Text.ProduceWordBags("Text", ';', ':').Fit(bad)).Message);
    }

    [TestMethod]
    [DataRow(1, 1, "skipLength (actual value: 1) can only be zero when ngramLength set to one.")]
    [DataRow(8, 3, "The sum of skipLength and ngramLength must be less than or equal to 10")]
    [DataRow(0, 0, "ngramLength")]
    public void ImpossibleLengthsAreRefused(int length, int skips, string expected) =>
        Assert.Contains(expected, Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => _context.Transforms.Text.ProduceNgrams("Ngrams", "Keys", length, skips)).Message);

    [TestMethod]
    [DataRow(WeightingCriteria.Tf)]
    [DataRow(WeightingCriteria.TfIdf)]
    public void SavedDictionariesGiveTheSameVectors(WeightingCriteria weighting)
    {
        var data = TextTestData.Load(_context, TextTestData.RandomTexts(60, 3));
        var estimator = _context.Transforms.Text.ProduceWordBags("Bag", ["Text", "Text"], 4, 1, weighting: weighting);
        var transformer = estimator.Fit(data);
        var result = transformer.Transform(data);
        TextTestData.AssertShape(estimator, data, result, "Bag");
        var loaded = TextTestData.ThroughFile(_context, transformer, data);
        TextTestData.AssertSame(TextTestData.Vectors<float>(result, "Bag"), TextTestData.Vectors<float>(loaded, "Bag"));
        CollectionAssert.AreEqual(TextTestData.SlotNames(result, "Bag"), TextTestData.SlotNames(loaded, "Bag"));
    }

    [TestMethod]
    public void AboutHalfFullVectorsAreDense()
    {
        CollectionAssert.AreEqual(new[] { true, false, true, false },
            TextTestData.Vectors<float>(Ngrams(["a b c d e f", "a", "a b c", ""], 1).Result, "Ngrams").Select(row => row.IsDense).ToArray());
    }

    // The slots of 250 of 256 come in an order that is found out of order early, and so put in order only at the end.
    [TestMethod]
    [DataRow(100, false)]
    [DataRow(128, true)]
    [DataRow(200, true)]
    public void UnorderedSlotsAreJudgedAtTheEnd(int filled, bool isDense)
    {
        var counter = new SlotCounter(256);
        for (int slot = filled; slot-- > 0;)
        {
            counter.Add(slot);
            if (slot % 3 == 0)
                counter.Add(slot);
        }
        VBuffer<float> counts = default;
        counter.GetCounts(ref counts);
        Assert.AreEqual(isDense, counts.IsDense);
        for (int slot = 0; slot < 256; slot++)
            Assert.AreEqual(slot >= filled ? 0 : slot % 3 == 0 ? 2 : 1, counts.GetItemOrDefault(slot));
    }

    [TestMethod]
    [DataRow(70, 5)]
    [DataRow(100_000, 400)]
    [DataRow(20_000_000, 3000)]
    public void CountsEqualThoseOfATable(int length, int adds)
    {
        var random = new Random(length);
        var counter = new SlotCounter(length);
        for (int round = 0; round < 3; round++)
        {
            var expected = new SortedDictionary<int, float>();
            for (int i = 0; i < adds; i++)
            {
                int slot = random.Next(length);
                expected[slot] = expected.GetValueOrDefault(slot) + 1;
                counter.Add(slot);
            }
            VBuffer<float> counts = default;
            counter.GetCounts(ref counts);
            Assert.IsTrue(counts.Items().Where(item => item.Value != 0).SequenceEqual(expected));
        }
    }

    private (IDataView Result, ITransformer Transformer) Ngrams(
        string[] texts, int length, int skips = 0, bool useAllLengths = true, int maximum = 1000, WeightingCriteria weighting = WeightingCriteria.Tf)
    {
        var data = TextTestData.Load(_context, texts);
        var transformer = _context.Transforms.Text.TokenizeIntoWords("Tokens", "Text")
            .Append(_context.Transforms.Conversion.MapValueToKey("Tokens"))
            .Append(_context.Transforms.Text.ProduceNgrams("Ngrams", "Tokens", length, skips, useAllLengths, maximum, weighting))
            .Fit(data);
        return (transformer.Transform(data), transformer);
    }
}
