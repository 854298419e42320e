using System.Collections.Immutable;
using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;

namespace MLPipelines.Tests.Runtime.Transforms.Normalization;

/// <summary>Every normalizer over iris less its first row, against the published figures of the official library, bit for bit.</summary>
[TestClass]
public sealed class IrisNormalizationTests
{
    private static readonly string[][] Published = File.ReadAllLines(Iris.FixturePath("iris-normalized.tsv")).Select(line => line.Split('\t')).ToArray();

    private static readonly InputOutputColumnPair[] Columns =
        [new("Out1", "Single"), new("Out4", "Singles"), new("Out1d", "Double"), new("Out4d", "Doubles")];

    private readonly MLContext _context = new(1);

    [TestMethod]
    public void MinMax() => AssertPublished(_context.Transforms.NormalizeMinMax(Columns), 1, 6, 11, 16);

    [TestMethod]
    public void Binning() => AssertPublished(_context.Transforms.NormalizeBinning(Columns), 21, 22, 26, 27);

    [TestMethod]
    public void SupervisedBinning() => AssertPublished(_context.Transforms.NormalizeSupervisedBinning(Columns), 31, 32, 36, 37);

    [TestMethod]
    public void MeanVariance() => AssertPublished(_context.Transforms.NormalizeMeanVariance(Columns), 41, 42, 46, 47);

    [TestMethod]
    public void LogMeanVariance() => AssertPublished(_context.Transforms.NormalizeLogMeanVariance(Columns), 51, 52, 56, 57);

    [TestMethod]
    public void RobustScaling() => AssertPublished(_context.Transforms.NormalizeRobustScaling(Columns), 61, 62, 66, 67);

    [TestMethod]
    public void ParametersArePublishedOnes()
    {
        var data = Data();
        var minMax = _context.Transforms.NormalizeMinMax(Columns).Fit(data);
        var affine = (NormalizingTransformer.AffineNormalizerModelParameters<float>)minMax.GetNormalizerModelParameters(0);
        Assert.AreEqual(0.12658228f, affine.Scale);
        Assert.AreEqual(0, affine.Offset);
        var affines = (NormalizingTransformer.AffineNormalizerModelParameters<ImmutableArray<double>>)minMax.GetNormalizerModelParameters(3);
        Assert.AreEqual(0.12658227848101264, affines.Scale[0]);
        Assert.AreEqual(0.4, affines.Scale[3]);
        Assert.IsEmpty(affines.Offset);

        var bins = _context.Transforms.NormalizeBinning(Columns).Fit(data);
        var bin = (NormalizingTransformer.BinNormalizerModelParameters<float>)bins.GetNormalizerModelParameters(0);
        Assert.HasCount(35, bin.UpperBounds);
        Assert.AreEqual(34f, bin.Density);
        Assert.AreEqual(0f, bin.Offset);
        var vectorBins = (NormalizingTransformer.BinNormalizerModelParameters<ImmutableArray<double>>)bins.GetNormalizerModelParameters(3);
        Assert.HasCount(4, vectorBins.UpperBounds);
        Assert.HasCount(35, vectorBins.UpperBounds[0]);
        Assert.HasCount(4, vectorBins.Density);
        Assert.IsEmpty(vectorBins.Offset);

        var variances = _context.Transforms.NormalizeMeanVariance(Columns).Fit(data);
        Assert.AreEqual(0.169309646f, ((NormalizingTransformer.AffineNormalizerModelParameters<float>)variances.GetNormalizerModelParameters(0)).Scale);
        Assert.AreEqual(0.16930963784387665, ((NormalizingTransformer.AffineNormalizerModelParameters<double>)variances.GetNormalizerModelParameters(2)).Scale);

        var logs = _context.Transforms.NormalizeLogMeanVariance(Columns).Fit(data);
        var cdf = (NormalizingTransformer.CdfNormalizerModelParameters<float>)logs.GetNormalizerModelParameters(0);
        Assert.AreEqual(1.75623953f, cdf.Mean);
        Assert.AreEqual(0.140807763f, cdf.StandardDeviation);
        Assert.IsTrue(cdf.UseLog);
        var cdfDouble = (NormalizingTransformer.CdfNormalizerModelParameters<double>)logs.GetNormalizerModelParameters(2);
        Assert.AreEqual(1.7562395401953814, cdfDouble.Mean);
        Assert.AreEqual(0.14080776721611848, cdfDouble.StandardDeviation);
    }

    [TestMethod]
    public void AChainOfNormalizersHasThePublishedParameters()
    {
        InputOutputColumnPair[] inPlace = [new("Single"), new("Singles"), new("Double"), new("Doubles")];
        var chain = _context.Transforms.NormalizeMinMax(inPlace)
            .Append(_context.Transforms.NormalizeBinning(Columns))
            .Append(_context.Transforms.NormalizeMeanVariance(Columns))
            .Fit(Data());
        var models = chain.Cast<NormalizingTransformer>().ToArray();
        var bins = (NormalizingTransformer.BinNormalizerModelParameters<ImmutableArray<float>>)models[1].GetNormalizerModelParameters(1);
        Assert.AreEqual(0.550632954f, bins.UpperBounds[0][0]);
        Assert.AreEqual(0.0600000024f, bins.UpperBounds[3][0]);
        var doubleBins = (NormalizingTransformer.BinNormalizerModelParameters<ImmutableArray<double>>)models[1].GetNormalizerModelParameters(3);
        Assert.AreEqual(0.550632911392405, doubleBins.UpperBounds[0][0]);
        Assert.AreEqual(0.060000000000000012, doubleBins.UpperBounds[3][0]);
        var scales = (NormalizingTransformer.AffineNormalizerModelParameters<ImmutableArray<float>>)models[2].GetNormalizerModelParameters(1);
        Assert.AreEqual(1.33754611f, scales.Scale[0]);
        Assert.AreEqual(1.75526536f, scales.Scale[3]);
        Assert.AreEqual(1.3375461389666252, ((NormalizingTransformer.AffineNormalizerModelParameters<double>)models[2].GetNormalizerModelParameters(2)).Scale);
    }

    private void AssertPublished(IEstimator<ITransformer> estimator, int scalar, int vector, int doubleScalar, int doubleVector)
    {
        var data = Data();
        var view = TransformContract.Check(_context, estimator, data);
        var rows = data.GetColumn<float[]>("Singles").ToList();
        var singles = view.GetColumn<float>("Out1").ToArray();
        var singleVectors = view.GetColumn<float[]>("Out4").ToArray();
        var doubles = view.GetColumn<double>("Out1d").ToArray();
        var doubleVectors = view.GetColumn<double[]>("Out4d").ToArray();
        foreach (var published in Published)
        {
            int row = rows.FindIndex(candidate => candidate.SequenceEqual(published[2..6].Select(Single)));
            Assert.AreEqual(Single(published[scalar]), singles[row], $"row {row}, scalar");
            Assert.AreEqual(Double(published[doubleScalar]), doubles[row], $"row {row}, double scalar");
            for (int i = 0; i < 4; i++)
            {
                Assert.AreEqual(Single(published[vector + i]), singleVectors[row][i], $"row {row}, slot {i}");
                Assert.AreEqual(Double(published[doubleVector + i]), doubleVectors[row][i], $"row {row}, double slot {i}");
            }
        }
    }

    private static float Single(string text) => float.Parse(text, CultureInfo.InvariantCulture);

    private static double Double(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    private IDataView Data() => _context.Data.LoadFromEnumerable(Iris.Read().Skip(1).ToList());
}
