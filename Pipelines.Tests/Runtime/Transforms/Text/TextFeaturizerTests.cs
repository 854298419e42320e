using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;
using Microsoft.ML.Transforms.Text;
using static Microsoft.ML.Transforms.Text.NgramExtractingEstimator;

namespace MLPipelines.Tests.Runtime.Transforms.Text;

[TestClass]
public sealed class TextFeaturizerTests
{
    private static readonly string[] SampleTexts =
    [
        "ML.NET's FeaturizeText API uses a composition of several basic transforms to convert text into numeric features.",
        "This API can be used as a featurizer to perform text classification.",
        "There are a number of approaches to text classification.",
        "One of the simplest and most common approaches is called “Bag of Words”.",
        "Text classification can be used for a wide variety of tasks",
        "such as sentiment analysis, topic detection, intent identification etc.",
    ];

    private readonly MLContext _context = new(1);

    // The published sample of FeaturizeText.
    [TestMethod]
    public void FeaturesOfThePublishedSample()
    {
        var data = TextTestData.Load(_context, SampleTexts);
        var options = new TextFeaturizingEstimator.Options { WordFeatureExtractor = new WordBagEstimator.Options { NgramLength = 1 } };
        var result = _context.Transforms.Text.FeaturizeText("Features", options, "Text").Fit(data).Transform(data);
        var row = TextTestData.Vectors<float>(result, "Features")[0];
        Assert.AreEqual(332, row.Length);
        Assert.AreEqual("0.0857 0.0857 0.0857 0.0857 0.0857 0.0857 0.0857 0.0857 0.0857 0.1715",
            string.Join(' ', row.DenseValues().Take(10).Select(value => value.ToString("F4", System.Globalization.CultureInfo.InvariantCulture))));
    }

    [TestMethod]
    public void CharactersComeFirstAndSlotsAreNamed()
    {
        var data = TextTestData.Load(_context, "Ab c", "c");
        var estimator = _context.Transforms.Text.FeaturizeText("Features", "Text");
        var result = estimator.Fit(data).Transform(data);
        CollectionAssert.AreEqual(
            new[] { "Char.<␂>|a|b", "Char.a|b|<␠>", "Char.b|<␠>|c", "Char.<␠>|c|<␃>", "Char.<␂>|c|<␃>", "Word.ab", "Word.ab|c", "Word.c" },
            TextTestData.SlotNames(result, "Features"));
        Assert.IsTrue(result.Schema["Features"].IsNormalized());
        CollectionAssert.AreEqual(new[] { "Text", "Features" }, result.Schema.Select(column => column.Name).ToArray());
        TextTestData.AssertShape(estimator, data, result, "Features");
        float half = 1 / MathF.Sqrt(4), third = 1 / MathF.Sqrt(3);
        CollectionAssert.AreEqual(new[] { half, half, half, half, 0, third, third, third }, TextTestData.Vectors<float>(result, "Features")[0].DenseValues().ToArray());
    }

    [TestMethod]
    public void ReplacingTheInputLeavesNoHiddenColumn()
    {
        var data = TextTestData.Load(_context, SampleTexts);
        var result = _context.Transforms.Text.FeaturizeText("Text").Fit(data).Transform(data);
        Assert.HasCount(1, result.Schema);
        Assert.IsInstanceOfType<VectorDataViewType>(result.Schema["Text"].Type);
    }

    public static IEnumerable<object[]> OptionSets()
    {
        yield return [new TextFeaturizingEstimator.Options()];
        yield return [new TextFeaturizingEstimator.Options { Norm = TextFeaturizingEstimator.NormFunction.L1, CaseMode = TextNormalizingEstimator.CaseMode.Upper, KeepPunctuations = false, OutputTokensColumnName = "Tokens" }];
        yield return [new TextFeaturizingEstimator.Options { Norm = TextFeaturizingEstimator.NormFunction.Infinity, KeepNumbers = false, CharFeatureExtractor = null, WordFeatureExtractor = new WordBagEstimator.Options { NgramLength = 3, SkipLength = 2, Weighting = WeightingCriteria.TfIdf } }];
        yield return [new TextFeaturizingEstimator.Options { Norm = TextFeaturizingEstimator.NormFunction.None, WordFeatureExtractor = null, CharFeatureExtractor = new WordBagEstimator.Options { NgramLength = 5, Weighting = WeightingCriteria.Idf } }];
        yield return [new TextFeaturizingEstimator.Options { CaseMode = TextNormalizingEstimator.CaseMode.None, KeepDiacritics = true, WordFeatureExtractor = new WordBagEstimator.Options { NgramLength = 2, UseAllLengths = false, MaximumNgramsCount = [40], Weighting = WeightingCriteria.TfIdf } }];
        yield return [new TextFeaturizingEstimator.Options { StopWordsRemoverOptions = new CustomStopWordsRemovingEstimator.Options { StopWords = ["the", "AND", "cat"] }, OutputTokensColumnName = "Tokens" }];
        yield return [new TextFeaturizingEstimator.Options { WordFeatureExtractor = new WordBagEstimator.Options { NgramLength = 2, MaximumNgramsCount = [9, 30], Weighting = WeightingCriteria.TfIdf }, CharFeatureExtractor = new WordBagEstimator.Options { MaximumNgramsCount = [20, 70] } }];
    }

    [TestMethod]
    [DynamicData(nameof(OptionSets))]
    public void EqualsTheChainOfSingleTransforms(TextFeaturizingEstimator.Options options)
    {
        foreach (int count in (int[])[7, 300, 9_000])
        {
            var data = TextTestData.Load(_context, TextTestData.RandomTexts(count, count));
            AssertEqualsChain(options, data, ["Text"]);
        }
    }

    [TestMethod]
    [DynamicData(nameof(OptionSets))]
    public void EqualsTheChainForSeveralColumns(TextFeaturizingEstimator.Options options)
    {
        var texts = TextTestData.RandomTexts(400, 5);
        var data = _context.Data.LoadFromEnumerable(texts.Take(200).Zip(texts.Skip(200), (title, body) => new TextTestData.TwoTexts { Title = title, Body = body }).ToArray());
        AssertEqualsChain(options, data, ["Title", "Body", "Title"]);
    }

    private void AssertEqualsChain(TextFeaturizingEstimator.Options options, IDataView data, string[] inputs)
    {
        var transformer = _context.Transforms.Text.FeaturizeText("Features", options, inputs).Fit(data);
        var fused = transformer.Transform(data);
        var chained = MakeChain(options, inputs).Fit(data).Transform(data);
        var expected = TextTestData.Vectors<float>(chained, "Features");
        TextTestData.AssertSame(expected, TextTestData.Vectors<float>(fused, "Features"), "fused");
        CollectionAssert.AreEqual(TextTestData.SlotNames(chained, "Features"), TextTestData.SlotNames(fused, "Features"));
        Assert.AreEqual(chained.Schema["Features"].Type, fused.Schema["Features"].Type);
        CollectionAssert.AreEqual(chained.Schema["Features"].Annotations.Schema.Select(column => column.Name).ToArray(), fused.Schema["Features"].Annotations.Schema.Select(column => column.Name).ToArray());

        var loaded = TextTestData.ThroughFile(_context, transformer, data);
        TextTestData.AssertSame(expected, TextTestData.Vectors<float>(loaded, "Features"), "loaded");
        CollectionAssert.AreEqual(TextTestData.SlotNames(chained, "Features"), TextTestData.SlotNames(loaded, "Features"));
        if (options.OutputTokensColumnName is not { } tokens)
            return;
        var expectedTokens = TextTestData.Vectors<ReadOnlyMemory<char>>(chained, "FinalWords");
        var actualTokens = TextTestData.Vectors<ReadOnlyMemory<char>>(fused, tokens);
        for (int row = 0; row < expectedTokens.Length; row++)
            CollectionAssert.AreEqual(expectedTokens[row].DenseValues().Select(word => word.ToString()).ToArray(), actualTokens[row].DenseValues().Select(word => word.ToString()).ToArray());
    }

    private IEstimator<ITransformer> MakeChain(TextFeaturizingEstimator.Options options, string[] inputs)
    {
        var text = _context.Transforms.Text;
        IEstimator<ITransformer> chain = inputs.Length == 1
            ? _context.Transforms.CopyColumns("All", inputs[0])
            : _context.Transforms.Concatenate("All", inputs);
        if (options is not { CaseMode: TextNormalizingEstimator.CaseMode.None, KeepDiacritics: true, KeepNumbers: true, KeepPunctuations: true })
            chain = chain.Append(text.NormalizeText("All", "All", options.CaseMode, options.KeepDiacritics, options.KeepPunctuations, options.KeepNumbers));
        chain = chain.Append(text.TokenizeIntoWords("FinalWords", "All"));
        string characterSource = "All";
        if (options.StopWordsRemoverOptions is CustomStopWordsRemovingEstimator.Options custom)
        {
            chain = chain.Append(text.RemoveStopWords("FinalWords", "FinalWords", custom.StopWords));
            characterSource = "FinalWords";
        }
        var blocks = new List<string>();
        if (options.CharFeatureExtractor is { } characters)
        {
            blocks.Add("Char");
            chain = chain.Append(text.TokenizeIntoCharactersAsKeys("CharKeys", characterSource));
            chain = AppendNgrams(chain, "Char", "CharKeys", characters);
        }
        if (options.WordFeatureExtractor is { } words)
        {
            blocks.Add("Word");
            chain = chain.Append(_context.Transforms.Conversion.MapValueToKey("WordKeys", "FinalWords", words.MaximumNgramsCount[0]));
            chain = AppendNgrams(chain, "Word", "WordKeys", words);
        }
        if (options.Norm != TextFeaturizingEstimator.NormFunction.None)
        {
            var norm = Enum.Parse<LpNormNormalizingEstimatorBase.NormFunction>(options.Norm.ToString());
            foreach (string block in blocks)
                chain = chain.Append(new LpNormNormalizingEstimator(_context, block, block, norm, false));
        }
        return chain.Append(_context.Transforms.Concatenate("Features", [.. blocks]));
    }

    private EstimatorChain<NgramExtractingTransformer> AppendNgrams(IEstimator<ITransformer> chain, string output, string input, WordBagEstimator.Options options) =>
        chain.Append(new NgramExtractingEstimator(_context, output, input,
            NgramSettings.Create(options.NgramLength, options.SkipLength, options.UseAllLengths, options.Weighting, options.MaximumNgramsCount)));

    [TestMethod]
    public void TextsWithoutFeaturesAreRefused()
    {
        var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => _context.Transforms.Text.FeaturizeText("Features", "Text").Fit(TextTestData.Load(_context, "", "")));
        Assert.Contains("Schema mismatch for input column 'Features_CharExtractor': expected Expected known-size vector of Single, got Vector<Single>", error.Message);
    }

    [TestMethod]
    public void WrongColumnsGiveTheDocumentedErrors()
    {
        var data = _context.Data.LoadFromEnumerable([new { Number = 1f }]);
        Assert.Contains("Could not find input column 'Absent'", Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => _context.Transforms.Text.FeaturizeText("Features", "Absent").Fit(data)).Message);
        Assert.Contains("expected String or vector of String, got Single", Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => _context.Transforms.Text.FeaturizeText("Features", "Number").Fit(data)).Message);
    }

    [TestMethod]
    public void NeitherExtractorLeavesOnlyTokens()
    {
        var data = TextTestData.Load(_context, "Some Text");
        var options = new TextFeaturizingEstimator.Options { WordFeatureExtractor = null, CharFeatureExtractor = null, OutputTokensColumnName = "Tokens" };
        var result = _context.Transforms.Text.FeaturizeText("Features", options, "Text").Fit(data).Transform(data);
        Assert.IsNull(result.Schema.GetColumnOrNull("Features"));
        CollectionAssert.AreEqual(new[] { "some", "text" }, TextTestData.Words(result, "Tokens"));
    }

    [TestMethod]
    public void PredictionsEqualTheTransformedRows()
    {
        var data = TextTestData.Load(_context, SampleTexts);
        var transformer = _context.Transforms.Text.FeaturizeText("Features", "Text").Fit(data);
        var expected = TextTestData.Vectors<float>(transformer.Transform(data), "Features");
        using var engine = _context.Model.CreatePredictionEngine<TextTestData.Row, Featurized>(transformer, data.Schema);
        for (int row = 0; row < SampleTexts.Length; row++)
            CollectionAssert.AreEqual(expected[row].DenseValues().ToArray(), engine.Predict(new TextTestData.Row { Text = SampleTexts[row] }).Features);
    }

    private sealed class Featurized
    {
        public float[] Features { get; set; } = [];
    }
}
