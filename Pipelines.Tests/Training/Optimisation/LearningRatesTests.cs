using MLPipelines.Training;

namespace MLPipelines.Tests.Training.Optimisation;

[TestClass]
public sealed class LearningRatesTests
{
    [TestMethod]
    public void WarmUpStartsAtZeroAndEndsAtTheHighestRate()
    {
        foreach (var schedule in Enum.GetValues<LearningRateSchedule>())
        {
            var rates = new LearningRates(schedule, 0.5, warmupSteps: 4, totalSteps: 20);
            Assert.AreEqual(0, rates.At(0));
            Assert.AreEqual(0.125, rates.At(1));
            Assert.AreEqual(0.5, rates.At(4));
        }
    }

    [TestMethod]
    public void TheRateFallsAsTheScheduleSays()
    {
        var linear = new LearningRates(LearningRateSchedule.Linear, 1, 0, 10);
        var cosine = new LearningRates(LearningRateSchedule.Cosine, 1, 0, 10);
        var constant = new LearningRates(LearningRateSchedule.Constant, 1, 0, 10);
        Assert.AreEqual(0.3, linear.At(7), 1e-12);
        Assert.AreEqual(0, linear.At(10));
        Assert.AreEqual(0.5, cosine.At(5), 1e-12);
        Assert.AreEqual((1 + Math.Cos(0.7 * Math.PI)) / 2, cosine.At(7), 1e-12);
        Assert.AreEqual(1, constant.At(9));
    }

    [TestMethod]
    public void WarmUpAsAShareIsRoundedUpAndStepsComeFirst()
    {
        Assert.AreEqual(1.0 / 3, LearningRates.Of(new TrainingOptions { LearningRate = 1, WarmupShare = 0.21 }, 10).At(1), 1e-12);
        Assert.AreEqual(1.0 / 5, LearningRates.Of(new TrainingOptions { LearningRate = 1, WarmupShare = 0.21, WarmupSteps = 5 }, 10).At(1), 1e-12);
    }
}
