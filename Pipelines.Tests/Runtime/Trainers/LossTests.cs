using Microsoft.ML.Trainers;

namespace MLPipelines.Tests.Runtime.Trainers;

[TestClass]
public sealed class LossTests
{
    public static IEnumerable<IScalarLoss[]> Losses =>
        [[new LogLoss()], [new HingeLoss()], [new HingeLoss(0.5f)], [new SmoothedHingeLoss()], [new SmoothedHingeLoss(0.3f)], [new ExpLoss(0.7f)], [new SquaredLoss()], [new PoissonLoss()]];

    [TestMethod]
    [DynamicData(nameof(Losses))]
    public void DerivativesAreThoseOfTheLoss(IScalarLoss loss)
    {
        foreach (float label in new[] { 0f, 1f })
        {
            foreach (float output in new[] { -2.2f, -0.35f, 0.15f, 0.8f, 3.1f })
            {
                const float Step = 1e-2f;
                double slope = (loss.Loss(output + Step, label) - loss.Loss(output - Step, label)) / (2 * Step);
                Assert.AreEqual(slope, loss.Derivative(output, label), 2e-2 * Math.Max(1, Math.Abs(slope)), $"{loss} at {output}, {label}");
            }
        }
    }

    [TestMethod]
    public void DualUpdatesClimbToWhereLossAndDualMeet()
    {
        // One example of norm 1 with lambda · n = 1: the score is the dual, the gap closes to zero.
        foreach (ISupportSdcaLoss loss in new ISupportSdcaLoss[] { new LogLoss(), new HingeLoss(), new SmoothedHingeLoss(), new SquaredLoss() })
        {
            float dual = 0, invariant = loss.ComputeDualUpdateInvariant(1);
            for (int i = 0; i < 200; i++)
                dual += loss.DualUpdate(dual, 1, dual, invariant, 1);
            double gap = loss.Loss(dual, 1) + dual * dual - loss.DualLoss(1, dual);
            Assert.AreEqual(0, gap, 2e-3, loss.ToString());
        }
    }

    [TestMethod]
    public void TweedieIsZeroWhereThePredictionIsRight()
    {
        var loss = new TweedieLoss(1.3);
        Assert.AreEqual(0, loss.Loss(2.5f, 2.5f), 1e-9);
        Assert.IsGreaterThan(0, loss.Loss(2, 2.5f));
        Assert.AreEqual(2 - 3 * Math.Log(2) + Math.Log(2), new TweedieLoss(1).Loss(2, 3), 1e-6);
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new TweedieLoss(2.5));
    }

    [TestMethod]
    public void TheLogisticFunctionIsCloseToTheExactOne()
    {
        for (float x = -30; x < 30; x += 0.37f)
            Assert.AreEqual(1 / (1 + Math.Exp(-x)), ScalarMath.Sigmoid(x), 1e-4);
        Assert.AreEqual(1f, ScalarMath.Sigmoid(1000));
        Assert.AreEqual(0f, ScalarMath.Sigmoid(-1000));
        Assert.IsTrue(float.IsNaN(ScalarMath.Sigmoid(float.NaN)));
    }
}
