using MLPipelines.Metrics;

namespace MLPipelines.Tests.Core.Metrics;

/// <summary>
/// Metrics of generated texts. The first values are those of sacrebleu's and rouge_score's own documentation; the others were worked by hand or by a few lines of Python written
/// from the definitions.
/// </summary>
[TestClass]
public sealed class TextGenerationMetricsTests
{
    private static readonly string[] Predictions = ["The dog bit the man.", "It wasn't surprising.", "The man had just bitten him."];

    private static readonly string[][] Truths =
    [
        ["The dog bit the man.", "The dog had bit the man."], ["It was not unexpected.", "No one was surprised."], ["The man bit him first.", "The man had bitten the dog."],
    ];

    [TestMethod]
    public void BleuOfACorpusIsSacrebleus()
    {
        var bleu = Bleu.Compute(Predictions, Truths);
        Assert.AreEqual(48.530827009929865, bleu.Score, 1e-9);
        Assert.AreEqual((17, 18), (bleu.PredictedTokens, bleu.TrueTokens));
        Assert.AreEqual(0.943, bleu.BrevityPenalty, 5e-4);
        foreach (var (expected, actual) in new[] { 82.4, 50.0, 45.5, 37.5 }.Zip(bleu.Precisions))
            Assert.AreEqual(expected, actual, 0.05);
    }

    [TestMethod]
    public void BleuOfASentenceIsOfTheNGramsThatItHas()
    {
        double[] scores = [.. Predictions.Select((text, i) => Bleu.OfSentence(text, Truths[i]).Score)];
        Assert.AreEqual(100, scores[0], 1e-9);
        Assert.AreEqual(14.794015674776452, scores[1], 1e-9);
        Assert.AreEqual(29.071536848410968, scores[2], 1e-9);
        // Two of three words, one of two pairs, and no triple, which counts as half a one.
        Assert.AreEqual(Math.Cbrt(100 * 2 / 3.0 * 50 * 50), Bleu.OfSentence("the cat sat", "the cat slept").Score, 1e-9);
    }

    [TestMethod]
    public void BleuIsZeroWhereNothingIsRightOrNothingIsLongEnough()
    {
        Assert.AreEqual(0, Bleu.Compute(["one two three four"], [["five six seven eight"]]).Score);
        Assert.AreEqual(0, Bleu.Compute(["the cat sat"], [["the cat sat"]]).Score);
        Assert.AreEqual(0, Bleu.OfSentence("", "the cat").Score);
        Assert.AreEqual(27.22230298303347, Bleu.Compute(["a b c d e f"], [["a b x d e f g h"]]).Score, 1e-9);
    }

    [TestMethod]
    public void TokensAreThoseOf13A()
    {
        CollectionAssert.AreEqual(
            new[] { "Hello", ",", "world", "!", "It's", "3.5", "%", "of", "U", ".", "S", ".", "-made", "(", "goods", ")", "&", "1,000", "-", "2", "things", "." },
            InternationalTokens.Split("Hello, world! It's 3.5% of U.S.-made (goods) &amp; 1,000-2 things."));
        CollectionAssert.AreEqual(
            new[] { "a", "10", "-", "year-old", ",", "e", ".", "g", ".", "http", ":", "/", "/", "x", ".", "org", "/", "a", "_", "b", "?", "c", "=", "d", "[", "1", "]" },
            InternationalTokens.Split("a 10-year-old, e.g. http://x.org/a_b?c=d [1]"));
        CollectionAssert.AreEqual(new[] { "日本語。", "emoji", "👍🏽", "." }, InternationalTokens.Split("日本語。 emoji 👍🏽."));
    }

    [TestMethod]
    public void ChrFIsSacrebleus()
    {
        Assert.AreEqual(59.72751782684764, ChrF.Compute(Predictions, Truths), 1e-9);
        Assert.AreEqual(35.346353014252905, ChrF.OfSentence(Predictions[1], Truths[1]), 1e-9);
        Assert.AreEqual(61.29173382359522, ChrF.OfSentence("naïve café 👍🏽", "naive café 👍"), 1e-9);
        Assert.AreEqual(0, ChrF.OfSentence("", "x"));
    }

    [TestMethod]
    public void RougeIsThatOfRougeScore()
    {
        var rouge = Rouge.OfSentence("The quick brown dog jumps on the log.", "The quick brown fox jumps over the lazy dog");
        Assert.AreEqual(2 * 0.75 * (6 / 9.0) / (0.75 + (6 / 9.0)), rouge.Rouge1, 1e-12);
        Assert.AreEqual(4 / 15.0, rouge.Rouge2, 1e-12);
        Assert.AreEqual(10 / 17.0, rouge.RougeL, 1e-12);
        Assert.AreEqual(new Rouge(0, 0, 0), Rouge.OfSentence("日本語", "日本語"));
        Assert.AreEqual(1, Rouge.OfSentence("It's 5-7, OK?", "it s 5 7 ok").RougeL);
    }

    [TestMethod]
    public void TheOtherMeasuresAreWhatTheySay()
    {
        var metrics = TextGenerationMetrics.Compute(["a b a", " c "], ["a b", "c"], perplexity: 2);
        Assert.AreEqual(0.5, metrics.ExactMatch);
        Assert.AreEqual(3 / 4.0, metrics.Distinct1);
        Assert.AreEqual(1, metrics.Distinct2);
        Assert.AreEqual(2, metrics.Perplexity);
        Assert.AreEqual(0, TextGenerationMetrics.Distinct(["", " "], 1));
        Assert.AreEqual(4, TextGenerationMetrics.PerplexityOf([(-Math.Log(2), 1), (-Math.Log(32), 2)]), 1e-12);
        Assert.Contains("ROUGE-L", metrics.ToString());
    }

    [TestMethod]
    public void WhatCannotBeComparedIsRefused()
    {
        Assert.Contains("2 predictions", Assert.ThrowsExactly<ArgumentException>(() => TextGenerationMetrics.Compute(["a", "b"], ["a"])).Message);
        Assert.ThrowsExactly<ArgumentException>(() => Bleu.Compute([], []));
        Assert.Contains("Prediction 0", Assert.ThrowsExactly<ArgumentException>(() => ChrF.Compute(["a"], [[]])).Message);
        Assert.ThrowsExactly<ArgumentException>(() => TextGenerationMetrics.PerplexityOf([]));
        Assert.ThrowsExactly<ArgumentException>(() => TextGenerationReport.Make(["q"], ["a", "b"], ["a", "b"]));
    }

    [TestMethod]
    public void TheReportHoldsEveryCaseAsCsvAndHtml()
    {
        var report = TextGenerationReport.Make(["say \"hi\",\nplease", "<b>?"], ["hi", "no & yes"], ["hi", "yes"]);
        var csv = new StringWriter();
        report.WriteCsv(csv);
        Assert.AreEqual(
            "query,prediction,truth,bleu,rouge1,rouge2,rougeL,chrf,exact\r\n\"say \"\"hi\"\",\nplease\",hi,hi,100.00,1.0000,0.0000,1.0000,100.00,1\r\n<b>?,no & yes,yes,",
            csv.ToString()[..csv.ToString().LastIndexOf("yes,", StringComparison.Ordinal)] + "yes,");
        var html = new StringWriter();
        report.WriteHtml(html, "A < B");
        string page = html.ToString();
        Assert.Contains("<td>&lt;b&gt;?</td><td>no &amp; yes</td>", page);
        Assert.Contains("<h1>A &lt; B</h1>", page);
        Assert.IsLessThan(page.IndexOf("<td>hi</td>", StringComparison.Ordinal), page.IndexOf("no &amp; yes", StringComparison.Ordinal));
    }
}
