using Microsoft.ML;
using Microsoft.ML.Transforms.Text;

namespace MLPipelines.Tests.Runtime.Transforms.Text;

[TestClass]
public sealed class StopWordTests
{
    private readonly MLContext _context = new(1);

    // The published sample of RemoveDefaultStopWords.
    [TestMethod]
    public void EnglishOfThePublishedSample()
    {
        var data = TextTestData.Load(_context, "ML.NET's RemoveDefaultStopWords API removes stop words from tHe text/string. It requires the text/string to be tokenized beforehand.");
        var transformer = _context.Transforms.Text.TokenizeIntoWords("Words", "Text").Append(_context.Transforms.Text.RemoveDefaultStopWords("Words")).Fit(data);
        const string Expected = "ML.NET's,RemoveDefaultStopWords,API,removes,stop,words,text/string.,requires,text/string,tokenized,beforehand.";
        Assert.AreEqual(Expected, string.Join(',', TextTestData.Words(transformer.Transform(data), "Words")));
        Assert.AreEqual(Expected, string.Join(',', TextTestData.Words(TextTestData.ThroughFile(_context, transformer, data), "Words")));
    }

    // The published sample of FeaturizeText with options.
    [TestMethod]
    public void FeaturizingWithoutStopWordsOfThePublishedSample()
    {
        var data = TextTestData.Load(_context,
            "ML.NET's FeaturizeText API uses a composition of several basic transforms to convert text into numeric features.",
            "This API can be used as a featurizer to perform text classification.",
            "There are a number of approaches to text classification.",
            "One of the simplest and most common approaches is called “Bag of Words”.",
            "Text classification can be used for a wide variety of tasks",
            "such as sentiment analysis, topic detection, intent identification etc.");
        var options = new TextFeaturizingEstimator.Options
        {
            OutputTokensColumnName = "OutputTokens",
            StopWordsRemoverOptions = new StopWordsRemovingEstimator.Options { Language = TextFeaturizingEstimator.Language.English },
        };
        var transformer = _context.Transforms.Text.FeaturizeText("Features", options, "Text").Fit(data);
        var result = transformer.Transform(data);
        var rows = TextTestData.Vectors<float>(result, "Features");
        Assert.AreEqual(282, rows[0].Length);
        Assert.AreEqual("0.0941 0.0941 0.0941 0.0941 0.0941 0.0941 0.0941 0.0941 0.0941 0.1881",
            string.Join(' ', rows[0].DenseValues().Take(10).Select(value => value.ToString("F4", System.Globalization.CultureInfo.InvariantCulture))));
        Assert.AreEqual("ml.net's,featurizetext,api,uses,composition,basic,transforms,convert,text,numeric,features.", string.Join(',', TextTestData.Words(result, "OutputTokens")));
        TextTestData.AssertSame(rows, TextTestData.Vectors<float>(TextTestData.ThroughFile(_context, transformer, data), "Features"));
    }

    [TestMethod]
    [DataRow(StopWordsRemovingEstimator.Language.French, "le chat est sur la table", "chat table")]
    [DataRow(StopWordsRemovingEstimator.Language.German, "die Katze ist auf dem Tisch", "Katze Tisch")]
    [DataRow(StopWordsRemovingEstimator.Language.Portuguese_Brazilian, "o gato está na mesa", "gato mesa")]
    [DataRow(StopWordsRemovingEstimator.Language.Russian, "И КОШКА на столе", "КОШКА столе")]
    public void OtherLanguagesLoseTheirCommonWords(StopWordsRemovingEstimator.Language language, string text, string expected)
    {
        var data = TextTestData.Load(_context, text);
        var result = _context.Transforms.Text.TokenizeIntoWords("Words", "Text").Append(_context.Transforms.Text.RemoveDefaultStopWords("Words", "Words", language)).Fit(data).Transform(data);
        Assert.AreEqual(expected, string.Join(' ', TextTestData.Words(result, "Words")));
    }

    [TestMethod]
    public void EveryLanguageHasAList()
    {
        foreach (var language in Enum.GetValues<StopWordsRemovingEstimator.Language>())
            Assert.IsGreaterThan(100, StopWordList.For(language).Words.Count, language.ToString());
    }
}
