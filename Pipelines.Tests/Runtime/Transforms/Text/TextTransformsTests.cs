using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Text;

namespace MLPipelines.Tests.Runtime.Transforms.Text;

[TestClass]
public sealed class TextTransformsTests
{
    private readonly MLContext _context = new(1);

    [TestMethod]
    [DataRow(TextNormalizingEstimator.CaseMode.Lower, false, true, true, "naive angstrom dept 42, ok!")]
    [DataRow(TextNormalizingEstimator.CaseMode.Upper, true, true, true, "NAÏVE ÅNGSTRÖM DÉPT 42, OK!")]
    [DataRow(TextNormalizingEstimator.CaseMode.None, true, false, true, "Naïve Ångström Dépt 42 ok")]
    [DataRow(TextNormalizingEstimator.CaseMode.None, true, true, false, "Naïve Ångström Dépt , ok!")]
    public void NormalizesCharacterByCharacter(TextNormalizingEstimator.CaseMode caseMode, bool keepDiacritics, bool keepPunctuations, bool keepNumbers, string expected)
    {
        string text = keepDiacritics ? "Naïve Ångström Dépt 42, ok!" : "Nai\u0308ve Ångström Dépt 42, ok!";
        var data = TextTestData.Load(_context, text);
        var result = _context.Transforms.Text.NormalizeText("Out", "Text", caseMode, keepDiacritics, keepPunctuations, keepNumbers).Fit(data);
        Assert.AreEqual(expected, result.Transform(data).GetColumn<string>("Out").Single());
        Assert.AreEqual(expected, TextTestData.ThroughFile(_context, result, data).GetColumn<string>("Out").Single());
    }

    [TestMethod]
    public void NormalizingVectorsDropsWhatBecomesEmpty()
    {
        var data = TextTestData.Load(_context, "One , two !! 3");
        var pipeline = _context.Transforms.Text.TokenizeIntoWords("Words", "Text")
            .Append(_context.Transforms.Text.NormalizeText("Words", keepPunctuations: false, keepNumbers: false));
        CollectionAssert.AreEqual(new[] { "one", "two" }, TextTestData.Words(pipeline.Fit(data).Transform(data), "Words"));
    }

    // The published sample of NormalizeText.
    [TestMethod]
    public void NormalizesThePublishedSample()
    {
        var data = TextTestData.Load(_context, "ML.NET's NormalizeText API changes the case of the TEXT and removes/keeps diâcrîtîcs, punctuations, and/or numbers (123).");
        var result = _context.Transforms.Text.NormalizeText("Out", "Text", TextNormalizingEstimator.CaseMode.Lower, false, false, false).Fit(data).Transform(data);
        Assert.AreEqual("mlnets normalizetext api changes the case of the text and removeskeeps diacritics punctuations andor numbers ", result.GetColumn<string>("Out").Single());
    }

    [TestMethod]
    [DataRow("a  b c ", null, "a|b|c")]
    [DataRow("", null, "")]
    [DataRow("   ", null, "")]
    [DataRow("a, b ;c", ",;", "a|b|c")]
    [DataRow("a b,c d", ",", "a b|c d")]
    public void TokenizesAtSeparators(string text, string? separators, string expected)
    {
        var data = TextTestData.Load(_context, text);
        var transformer = _context.Transforms.Text.TokenizeIntoWords("Words", "Text", separators?.ToCharArray()).Fit(data);
        Assert.AreEqual(expected, string.Join('|', TextTestData.Words(transformer.Transform(data), "Words")));
        Assert.AreEqual(expected, string.Join('|', TextTestData.Words(TextTestData.ThroughFile(_context, transformer, data), "Words")));
    }

    [TestMethod]
    public void CharactersAreKeysWithMarkers()
    {
        var data = TextTestData.Load(_context, "a \u007Fé", "");
        var estimator = _context.Transforms.Text.TokenizeIntoCharactersAsKeys("Keys", "Text");
        var result = estimator.Fit(data).Transform(data);
        var rows = TextTestData.Vectors<ushort>(result, "Keys");
        CollectionAssert.AreEqual(new ushort[] { 2, 'a', ' ', 0x7F, 'é', 3 }, rows[0].DenseValues().ToArray());
        Assert.AreEqual(0, rows[1].Length);
        TextTestData.AssertShape(estimator, data, result, "Keys");

        var names = TextTestData.Words(_context.Transforms.Conversion.MapKeyToValue("Keys").Fit(result).Transform(result), "Keys");
        CollectionAssert.AreEqual(new[] { "<␂>", "a", "<␠>", "<␡>", "é", "<␃>" }, names);

        var plain = _context.Transforms.Text.TokenizeIntoCharactersAsKeys("Keys", "Text", useMarkerCharacters: false).Fit(data);
        CollectionAssert.AreEqual(new ushort[] { 'a', ' ', 0x7F, 'é' }, TextTestData.Vectors<ushort>(TextTestData.ThroughFile(_context, plain, data), "Keys")[0].DenseValues().ToArray());
    }

    [TestMethod]
    public void CharactersOfVectorsAreSeparatedByUnits()
    {
        var data = TextTestData.Load(_context, "ab c", "");
        var result = _context.Transforms.Text.TokenizeIntoWords("Words", "Text")
            .Append(_context.Transforms.Text.TokenizeIntoCharactersAsKeys("Keys", "Words")).Fit(data).Transform(data);
        var rows = TextTestData.Vectors<ushort>(result, "Keys");
        CollectionAssert.AreEqual(new ushort[] { 2, 'a', 'b', 0x1F, 'c', 3 }, rows[0].DenseValues().ToArray());
        CollectionAssert.AreEqual(new ushort[] { 2, 3 }, rows[1].DenseValues().ToArray());
    }

    [TestMethod]
    public void WrongColumnsGiveTheDocumentedErrors()
    {
        var data = _context.Data.LoadFromEnumerable([new { Number = 1f }]);
        var missing = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => _context.Transforms.Text.NormalizeText("Out", "Absent").Fit(data));
        Assert.Contains("Could not find input column 'Absent'", missing.Message);
        var wrong = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => _context.Transforms.Text.TokenizeIntoWords("Out", "Number").Fit(data));
        Assert.Contains("Schema mismatch for input column 'Number': expected String or Vector of String, got Single", wrong.Message);
        wrong = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => _context.Transforms.Text.TokenizeIntoCharactersAsKeys("Out", "Number").Fit(data));
        Assert.Contains("expected Text, got Single", wrong.Message);
        wrong = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => _context.Transforms.Text.RemoveStopWords("Out", "Number", "a").Fit(data));
        Assert.Contains("expected vector of Text type, got Single", wrong.Message);
        wrong = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => _context.Transforms.Text.ProduceNgrams("Out", "Number").Fit(data));
        Assert.Contains("expected Expected vector of Key type, and Key is convertible to UInt32, got Single", wrong.Message);
    }

    [TestMethod]
    public void RemovesOwnStopWordsWhateverTheirCase()
    {
        var data = TextTestData.Load(_context, "The cat AND the Hat");
        var transformer = _context.Transforms.Text.TokenizeIntoWords("Words", "Text")
            .Append(_context.Transforms.Text.RemoveStopWords("Words", "Words", " THE ", "and", "")).Fit(data);
        CollectionAssert.AreEqual(new[] { "cat", "Hat" }, TextTestData.Words(transformer.Transform(data), "Words"));
        CollectionAssert.AreEqual(new[] { "cat", "Hat" }, TextTestData.Words(TextTestData.ThroughFile(_context, transformer, data), "Words"));
    }
}
