using MLPipelines.Generation;

namespace MLPipelines.Tests.Generation.Decoding;

[TestClass]
public class VocabularyTests
{
    [TestMethod]
    public void LogSumExpAndSoftMaxAreThoseOfDoublePrecision()
    {
        var random = new Random(1);
        foreach (int length in new[] { 1, 2, 15, 16, 17, 63, 100, 1000, 32128 })
        {
            foreach (float width in new[] { 0f, 1e-3f, 5, 40, 300 })
            {
                float[] logits = [.. Enumerable.Range(0, length).Select(_ => (random.NextSingle() - 0.5f) * width + 7)];
                if (length > 3)
                    logits[length / 2] = float.NegativeInfinity;
                double most = logits.Max(), sum = logits.Sum(value => Math.Exp(value - most)), expected = most + Math.Log(sum);
                Assert.AreEqual(expected, Vocabulary.LogSumExp(logits), 3e-7 * Math.Abs(expected) + 3e-7, $"{length} values, width {width}");
                var probabilities = new float[length];
                Vocabulary.SoftMax(logits, probabilities);
                for (int i = 0; i < length; i++)
                {
                    double probability = Math.Exp(logits[i] - most) / sum;
                    // The difference to the largest is rounded; what is below e^-87 of it counts as nothing.
                    double rounding = 1e-6 + 1.2e-7 * (most - Math.Max(logits[i], most - 300));
                    Assert.AreEqual(probability, probabilities[i], rounding * probability + 1e-37, $"{logits[i]} among {length} values, width {width}");
                }
                if (length > 3)
                    Assert.AreEqual(0, probabilities[length / 2]);
            }
        }
    }

    [TestMethod]
    [DataRow(float.NaN)]
    [DataRow(float.PositiveInfinity)]
    public void LogSumExpOfWhatIsNoNumberIsNone(float bad)
    {
        foreach (int length in new[] { 5, 16, 33, 200 })
        {
            for (int at = 0; at < length; at++)
            {
                var logits = new float[length];
                logits[at] = bad;
                Assert.IsFalse(float.IsFinite(Vocabulary.LogSumExp(logits)), $"at {at} of {length}");
            }
        }
    }

    [TestMethod]
    public void OfEqualLargestValuesTheFirstCounts()
    {
        var random = new Random(2);
        Assert.AreEqual(-1, Vocabulary.IndexOfMost([]));
        for (int round = 0; round < 500; round++)
        {
            float[] values = [.. Enumerable.Range(0, random.Next(1, 150)).Select(_ => random.Next(9) == 0 ? float.NegativeInfinity : random.Next(-20, 20))];
            Assert.AreEqual(Array.IndexOf(values, values.Max()), Vocabulary.IndexOfMost(values));
        }
    }
}
