using Microsoft.ML;
using Microsoft.ML.Calibrators;
using Microsoft.ML.Data;

namespace MLPipelines.Tests.Runtime.Trainers.Calibration;

[TestClass]
public sealed class CalibratorEstimatorTests
{
    private static readonly float[] Scores = [-3, -2, -1.5f, -1, 0, 0.5f, 1, 2, 2.5f, 4];
    private static readonly bool[] Labels = [false, false, true, false, false, true, false, true, true, true];

    private static MemoryView View() => new MemoryView().Add("Label", BooleanDataViewType.Instance, Labels).Add("Score", NumberDataViewType.Single, Scores);

    [TestMethod]
    public void PlattCalibrationSmoothsTargetsAndHasNoGradientLeft()
    {
        var context = new MLContext(0);
        var calibrator = ((ISingleFeaturePredictionTransformer<PlattCalibrator>)context.BinaryClassification.Calibrators.Platt().Fit(View())).Model;
        double high = 6.0 / 7, low = 1.0 / 7;
        double slope = 0, offset = 0;
        for (int i = 0; i < Scores.Length; i++)
        {
            double difference = 1 / (1 + Math.Exp(calibrator.Slope * Scores[i] + calibrator.Offset)) - (Labels[i] ? high : low);
            slope += difference * Scores[i];
            offset += difference;
        }
        Assert.AreEqual(0, slope, 2e-3);
        Assert.AreEqual(0, offset, 2e-3);
        Assert.IsLessThan(0, calibrator.Slope);
    }

    [TestMethod]
    public void IsotonicCalibrationPoolsNeighboursThatWouldFall()
    {
        var context = new MLContext(0);
        var calibrator = ((ISingleFeaturePredictionTransformer<IsotonicCalibrator>)context.BinaryClassification.Calibrators.Isotonic().Fit(View())).Model;
        CollectionAssert.AreEqual(new[] { 0, 1f / 3, 0.5f, 1 }, calibrator.Values.ToArray());
        CollectionAssert.AreEqual(new[] { -3, -1.5f, 0.5f, 2 }, calibrator.Mins.ToArray());
        CollectionAssert.AreEqual(new[] { -2, 0, 1, 4f }, calibrator.Maxes.ToArray());
        Assert.AreEqual(0.5f, calibrator.PredictProbability(0.75f));
        Assert.AreEqual(0.75f, calibrator.PredictProbability(1.5f));
        Assert.AreEqual(1e-15f, calibrator.PredictProbability(-5));
    }

    [TestMethod]
    public void NaiveCalibrationCountsInBins()
    {
        var context = new MLContext(0);
        var calibrator = ((ISingleFeaturePredictionTransformer<NaiveCalibrator>)context.BinaryClassification.Calibrators.Naive().Fit(View())).Model;
        Assert.HasCount(200, calibrator.BinProbs);
        Assert.AreEqual(-3, calibrator.Min);
        Assert.AreEqual(7f / 200, calibrator.BinSize);
        Assert.AreEqual(1, calibrator.PredictProbability(4));
        Assert.AreEqual(0, calibrator.PredictProbability(-3));
    }

    [TestMethod]
    public void ProbabilitiesAreAddedAndSavedModelsGiveTheSame()
    {
        var context = new MLContext(0);
        var calibrators = context.BinaryClassification.Calibrators;
        foreach (var estimator in new IEstimator<ITransformer>[] { calibrators.Naive(), calibrators.Platt(), calibrators.Platt(-2, 0.5), calibrators.Isotonic() })
        {
            var model = estimator.Fit(View());
            var scored = model.Transform(View());
            Assert.IsTrue(scored.Schema["Probability"].IsNormalized());
            var probabilities = scored.Values<float>("Probability");
            Assert.IsTrue(Array.TrueForAll(probabilities, value => value is >= 0 and <= 1));
            CollectionAssert.AreEqual(probabilities, context.Reload(model).Transform(View()).Values<float>("Probability"));
            Assert.IsTrue(estimator.GetOutputSchema(SchemaShape.Create(View().Schema)).Any(column => column.Name == "Probability"));
        }
    }

    [TestMethod]
    public void AFixedCalibratorNeedsNoLabels()
    {
        var context = new MLContext(0);
        var scores = new MemoryView().Add("Score", NumberDataViewType.Single, [0f, 1f]);
        var probabilities = context.BinaryClassification.Calibrators.Platt(-1, 0).Fit(scores).Transform(scores).Values<float>("Probability");
        Assert.AreEqual(0.5f, probabilities[0]);
        Assert.AreEqual((float)(1 / (1 + Math.Exp(-1))), probabilities[1]);
    }

    [TestMethod]
    public void BadInputIsRefused()
    {
        var calibrators = new MLContext(0).BinaryClassification.Calibrators;
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => calibrators.Platt("").Fit(View())).Message, "labelColumn must be specified");
        var noScore = new MemoryView().Add("Label", BooleanDataViewType.Instance, Labels);
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => calibrators.Platt().Fit(noScore)).Message, "Score");
        var noRows = new MemoryView().Add("Label", BooleanDataViewType.Instance, Array.Empty<bool>()).Add("Score", NumberDataViewType.Single, Array.Empty<float>());
        StringAssert.Contains(Assert.ThrowsExactly<InvalidOperationException>(() => calibrators.Platt().Fit(noRows)).Message, "Calibrator trained on zero instances.");
        StringAssert.Contains(Assert.ThrowsExactly<InvalidOperationException>(() => calibrators.Platt(1, 0).Fit(View()).Transform(noScore)).Message, "contains no 'Score' column");
    }
}
