using MLPipelines.Text;

namespace MLPipelines.Tests.TextCalibration;

[TestClass]
public sealed class CalibrationTests
{
    [TestMethod]
    public void TheTemperatureThatMadeTheLogitsIsFoundAgain()
    {
        var random = new Random(5);
        foreach (double temperature in new[] { 0.5, 1, 3 })
        {
            var logits = new List<float[]>();
            var labels = new List<int>();
            for (int i = 0; i < 20_000; i++)
            {
                float[] row = [.. Enumerable.Range(0, 4).Select(_ => (float)(4 * random.NextDouble()))];
                logits.Add([.. row.Select(value => (float)(value * temperature))]);
                labels.Add(Draw(TemperatureScaling.Probabilities(row, 1), random));
            }
            Assert.AreEqual(temperature, TemperatureScaling.Fit(logits, labels), 0.06 * temperature);
        }
    }

    [TestMethod]
    public void ScalingLowersTheLossAndKeepsTheClass()
    {
        float[][] logits = [[9, 0], [0, 9], [9, 1], [2, 9]];
        int[] labels = [0, 1, 1, 1];
        double temperature = TemperatureScaling.Fit(logits, labels);
        Assert.IsGreaterThan(1, temperature);
        Assert.IsLessThan(Loss(1), Loss(temperature));
        foreach (var row in logits)
            Assert.AreEqual(row[0] > row[1], TemperatureScaling.Probabilities(row, temperature)[0] > 0.5f);

        double Loss(double by) => -logits.Zip(labels, (row, label) => Math.Log(TemperatureScaling.Probabilities(row, by)[label])).Sum();
    }

    [TestMethod]
    public void ExtremeLogitsStayFinite()
    {
        Assert.AreEqual(1, TemperatureScaling.Fit([], []));
        // All right: the optimum is at zero temperature, which is not taken.
        Assert.AreEqual(0.05, TemperatureScaling.Fit([[5, 0], [0, 5]], [0, 1]), 1e-4);
        Assert.AreEqual(20, TemperatureScaling.Fit([[5, 0], [0, 5]], [1, 0]), 1e-3);
        CollectionAssert.AreEqual(new[] { 1f, 0f }, TemperatureScaling.Probabilities([1e30f, -1e30f], 0.05));
        Assert.AreEqual(1, TemperatureScaling.Probabilities([3, 3, 3], 7).Sum(), 1e-6);
    }

    [TestMethod]
    public void ThresholdsAreThoseOfBestF1()
    {
        float[][] scores = [[0.9f], [0.3f], [0.25f], [0.2f], [0.1f]];
        bool[][] truth = [[true], [true], [true], [false], [false]];
        float threshold = LabelThresholds.Tune(scores, truth)[0];
        Assert.AreEqual(0.225f, threshold, 1e-6f);
    }

    [TestMethod]
    public void AmongEquallyGoodThresholdsTheNearestToAHalfIsTaken()
    {
        // Four rows are right: the first two, the fifth and the last. F1 is 2/3 for the first two alone as for the first five.
        float[] scores = [0.95f, 0.9f, 0.3f, 0.28f, 0.26f, 0.05f, 0.04f, 0.03f, 0.02f];
        bool[] truth = [true, true, false, false, true, false, false, false, true];
        float threshold = LabelThresholds.Tune([.. scores.Select(score => new[] { score })], [.. truth.Select(right => new[] { right })])[0];
        Assert.AreEqual(0.6f, threshold, 1e-6f);
    }

    [TestMethod]
    public void RareLabelsKeepAHalf()
    {
        Assert.AreEqual(0.5f, LabelThresholds.Tune([[0.9f], [0.1f]], [[true], [false]])[0]);
        Assert.AreEqual(0.5f, LabelThresholds.Tune([[0.9f], [0.1f]], [[true], [false]], minimumSupport: 1)[0], 1e-6f);
        Assert.IsEmpty(LabelThresholds.Tune([], []));
    }

    private static int Draw(float[] probabilities, Random random)
    {
        double at = random.NextDouble();
        for (int i = 0; i < probabilities.Length - 1; i++)
        {
            at -= probabilities[i];
            if (at < 0)
                return i;
        }
        return probabilities.Length - 1;
    }
}
