using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Internal;
using Microsoft.ML.Transforms.Text;

namespace MLPipelines.Tests.Runtime.Transforms.Text;

[TestClass]
public sealed class HashedNgramTests
{
    private static readonly string[] NgramSampleTexts =
    [
        "This is an example to compute n-grams using hashing.",
        "N-gram is a sequence of 'N' consecutive words/tokens.",
        "ML.NET's ProduceHashedNgrams API produces count of n-grams and hashes it as an index into a vector of given bit length.",
        "The hashing reduces the size of the output feature vector",
        "which is useful in case when number of n-grams is very large.",
    ];

    private static readonly string[] BagSampleTexts =
    [
        "This is an example to compute bag-of-word features using hashing.",
        "ML.NET's ProduceHashedWordBags API produces count of n-grams and hashes it as an index into a vector of given bit length.",
        "It does so by first tokenizing text/string into words/tokens then ",
        "computing n-grams and hash them to the index given by hash value.",
        "The hashing reduces the size of the output feature vector",
        "which is useful in case when number of n-grams is very large.",
    ];

    private readonly MLContext _context = new(1);

    // The published sample of ProduceHashedNgrams.
    [TestMethod]
    public void HashedNgramsOfThePublishedSample()
    {
        var data = TextTestData.Load(_context, NgramSampleTexts);
        var estimator = _context.Transforms.Text.TokenizeIntoWords("Tokens", "Text")
            .Append(_context.Transforms.Conversion.MapValueToKey("Tokens"))
            .Append(_context.Transforms.Text.ProduceHashedNgrams("Ngrams", "Tokens", numberOfBits: 5, ngramLength: 3, useAllLengths: false, maximumNumberOfInverts: 1));
        var transformer = estimator.Fit(data);
        var result = transformer.Transform(data);
        TextTestData.AssertShape(estimator, data, result, "Ngrams");
        var row = TextTestData.Vectors<float>(result, "Ngrams")[0];
        Assert.AreEqual(32, row.Length);
        CollectionAssert.AreEqual(new float[] { 0, 0, 2, 0, 0, 1, 0, 0, 1, 0 }, row.DenseValues().Take(10).ToArray());
        var names = TextTestData.SlotNames(result, "Ngrams");
        CollectionAssert.IsSubsetOf(new[] { "This|is|an", "example|to|compute", "compute|n-grams|using", "n-grams|using|hashing.", "an|example|to", "is|an|example" }, names);
        Assert.AreEqual("This|is|an", names[row.Items().First(item => item.Value != 0).Key]);

        var loaded = TextTestData.ThroughFile(_context, transformer, data);
        TextTestData.AssertSame(TextTestData.Vectors<float>(result, "Ngrams"), TextTestData.Vectors<float>(loaded, "Ngrams"));
        CollectionAssert.AreEqual(names, TextTestData.SlotNames(loaded, "Ngrams"));
    }

    // The published sample of ProduceHashedWordBags, which was made when words were hashed by the older text hash.
    [TestMethod]
    public void HashesOfThePublishedSampleOfWordBags()
    {
        var options = new NgramHashingOptions("Bag", ["Text"], 5, 3, 0, false, ValueHashing.DefaultSeed, true, 0, false);
        uint[] words = Array.ConvertAll(BagSampleTexts[0].Split(' '), word => (Hashing.MurmurHash(ValueHashing.DefaultSeed, word.AsSpan()) & (1u << 30) - 1) + 1);
        var counts = new float[32];
        for (int start = 0; start + 3 <= words.Length; start++)
            counts[options.SlotOf(words.AsSpan(start, 3), 0)]++;
        CollectionAssert.AreEqual(new float[] { 0, 0, 0, 0, 0, 0, 1, 2, 0, 0 }, counts[..10]);
    }

    [TestMethod]
    public void HashedWordBagsEqualTheirSteps()
    {
        var data = TextTestData.Load(_context, BagSampleTexts);
        var transformer = _context.Transforms.Text.ProduceHashedWordBags("Bag", "Text", numberOfBits: 5, ngramLength: 3).Fit(data);
        var result = transformer.Transform(data);
        CollectionAssert.AreEqual(new[] { "Text", "Bag" }, result.Schema.Select(column => column.Name).ToArray());
        var steps = _context.Transforms.Text.TokenizeIntoWords("Words", "Text")
            .Append(_context.Transforms.Conversion.Hash("Keys", "Words", 30))
            .Append(_context.Transforms.Text.ProduceHashedNgrams("Bag", "Keys", 5, 3)).Fit(data).Transform(data);
        TextTestData.AssertSame(TextTestData.Vectors<float>(steps, "Bag"), TextTestData.Vectors<float>(result, "Bag"));
        TextTestData.AssertSame(TextTestData.Vectors<float>(result, "Bag"), TextTestData.Vectors<float>(TextTestData.ThroughFile(_context, transformer, data), "Bag"));
    }

    [TestMethod]
    public void SeveralColumnsAreToldApartByOrderAndName()
    {
        var data = _context.Data.LoadFromEnumerable([new TextTestData.TwoTexts { Title = "a b", Body = "a b" }]);
        var estimator = _context.Transforms.Text.ProduceHashedWordBags("Bag", ["Title", "Body"], numberOfBits: 12, ngramLength: 2, maximumNumberOfInverts: -1);
        var result = estimator.Fit(data).Transform(data);
        TextTestData.AssertShape(estimator, data, result, "Bag");
        var names = TextTestData.SlotNames(result, "Bag");
        var row = TextTestData.Vectors<float>(result, "Bag")[0];
        CollectionAssert.AreEquivalent(
            new[] { "Title:a", "Title:a|b", "Title:b", "Body:a", "Body:a|b", "Body:b" },
            row.Items().Where(item => item.Value != 0).Select(item => names[item.Key]).ToArray());

        var unordered = _context.Transforms.Text.ProduceHashedWordBags("Bag", ["Title", "Body"], numberOfBits: 12, ngramLength: 2, useOrderedHashing: false).Fit(data).Transform(data);
        CollectionAssert.AreEqual(new float[] { 2, 2, 2 }, TextTestData.Vectors<float>(unordered, "Bag")[0].Items().Where(item => item.Value != 0).Select(item => item.Value).ToArray());
    }

    [TestMethod]
    [DataRow(0, 1, "numberOfBits")]
    [DataRow(31, 1, "numberOfBits")]
    [DataRow(5, 11, "ngramLength")]
    public void ImpossibleOptionsAreRefused(int bits, int length, string expected) =>
        Assert.Contains(expected, Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => _context.Transforms.Text.ProduceHashedNgrams("Ngrams", "Keys", bits, length)).Message);

    [TestMethod]
    public void OnlyKeysAreHashed()
    {
        var data = TextTestData.Load(_context, "a");
        var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => _context.Transforms.Text.ProduceHashedNgrams("Ngrams", "Text", 5).Fit(data));
        Assert.Contains("Schema mismatch for input column 'Text': expected Expected vector of Key type, and Key is convertible to U4, got String", error.Message);
    }
}
