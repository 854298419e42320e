using System.Globalization;
using System.Text;
using MLPipelines.Text;

namespace MLPipelines.Tests.LinearText;

[TestClass]
public sealed class LinearTextModelTests
{
    private static readonly LinearTextModel s_model = SampleTexts.Train();

    [TestMethod]
    [DataRow("")]
    [DataRow("   ")]
    [DataRow("zzzqqqxxx")]
    [DataRow("\0\uD800 \uDC00")]
    [DataRow("日本語のテキスト 😀")]
    public void AnyTextGetsProbabilitiesThatSumToOne(string text)
    {
        var probabilities = new float[s_model.ClassCount];
        int best = s_model.Predict(text, probabilities);
        Assert.AreEqual(1f, probabilities.Sum(), 1e-5f);
        Assert.AreEqual(probabilities.Max(), probabilities[best]);
        Assert.IsTrue(Array.TrueForAll(probabilities, p => p is >= 0 and <= 1));
    }

    [TestMethod]
    public void UnknownWordsLowerTheConfidence()
    {
        Assert.IsLessThan(Highest("i forgot my password"), Highest("i forgot my password vbnmq wrtzp kljhg fdsxy qpwoe"));

        static float Highest(string text)
        {
            var probabilities = new float[s_model.ClassCount];
            s_model.Predict(text, probabilities);
            return probabilities.Max();
        }
    }

    [TestMethod]
    public void AVeryLongTextIsClassifiedAndLeavesNoTrace()
    {
        var text = new StringBuilder();
        for (int i = 0; i < 300_000; i++)
            text.Append(CultureInfo.InvariantCulture, $"w{i * 7919} ");
        text.Append("refund the payment");
        var before = new float[s_model.ClassCount];
        var after = new float[s_model.ClassCount];
        s_model.Predict("refund the payment", before);
        var probabilities = new float[s_model.ClassCount];
        s_model.Predict(text.ToString(), probabilities);
        Assert.AreEqual(1f, probabilities.Sum(), 1e-5f);
        s_model.Predict("refund the payment", after);
        SampleTexts.Bits(before, after);
    }

    [TestMethod]
    public void ConcurrentPredictionsEqualSequentialOnes()
    {
        string[] texts = [.. SampleTexts.Rows().Select(row => row.Text)];
        var expected = Array.ConvertAll(texts, Predict);
        var actual = new float[texts.Length][];
        Parallel.For(0, texts.Length, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i => actual[i] = Predict(texts[i]));
        for (int i = 0; i < texts.Length; i++)
            SampleTexts.Bits(expected[i], actual[i]);

        static float[] Predict(string text)
        {
            var probabilities = new float[s_model.ClassCount];
            s_model.Predict(text, probabilities);
            return probabilities;
        }
    }

    [TestMethod]
    public void PredictionAllocatesNothing()
    {
        string[] texts = [.. SampleTexts.Rows().Select(row => row.Text)];
        var probabilities = new float[s_model.ClassCount];
        for (int warm = 0; warm < 50; warm++)
            PredictAll();
        long before = GC.GetAllocatedBytesForCurrentThread();
        PredictAll();
        Assert.AreEqual(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void PredictAll()
        {
            foreach (string text in texts)
                s_model.Predict(text, probabilities);
        }
    }
}
