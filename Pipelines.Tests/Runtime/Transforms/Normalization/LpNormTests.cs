using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;
using MLPipelines.Tests.Runtime.Transforms.Text;

namespace MLPipelines.Tests.Runtime.Transforms.Normalization;

[TestClass]
public sealed class LpNormTests
{
    private readonly MLContext _context = new(1);

    // The published sample of NormalizeLpNorm.
    [TestMethod]
    public void L1OfThePublishedSample() =>
        AssertRow(_context.Transforms.NormalizeLpNorm("Features", norm: LpNormNormalizingEstimatorBase.NormFunction.L1, ensureZeroMean: true), [1, 1, 0, 0], [0.25f, 0.25f, -0.25f, -0.25f]);

    // The published sample of NormalizeGlobalContrast.
    [TestMethod]
    public void ContrastOfThePublishedSample() =>
        AssertRow(_context.Transforms.NormalizeGlobalContrast("Features", ensureZeroMean: true, ensureUnitStandardDeviation: true, scale: 2), [0, 1, 0, 1], [-2, 2, -2, 2]);

    [TestMethod]
    [DataRow(LpNormNormalizingEstimatorBase.NormFunction.L2, new float[] { 3, 0, 0, -4 }, new float[] { 0.6f, 0, 0, -0.8f })]
    [DataRow(LpNormNormalizingEstimatorBase.NormFunction.Infinity, new float[] { 3, 0, 0, -4 }, new float[] { 0.75f, 0, 0, -1 })]
    [DataRow(LpNormNormalizingEstimatorBase.NormFunction.StandardDeviation, new float[] { 2, 2, 0, 0 }, new float[] { 2, 2, 0, 0 })]
    [DataRow(LpNormNormalizingEstimatorBase.NormFunction.L2, new float[] { 0, 0, 0, 0 }, new float[] { 0, 0, 0, 0 })]
    public void VectorsAreDividedByTheirNorm(LpNormNormalizingEstimatorBase.NormFunction norm, float[] values, float[] expected) =>
        AssertRow(_context.Transforms.NormalizeLpNorm("Features", norm: norm), values, expected);

    [TestMethod]
    public void SparseVectorsStaySparse()
    {
        var norm = new LpNorm(LpNormNormalizingEstimatorBase.NormFunction.L2, false, 1);
        VBuffer<float> result = default;
        norm.Apply(new VBuffer<float>(10, 2, [3f, 4f], [2, 7]), ref result);
        Assert.IsFalse(result.IsDense);
        CollectionAssert.AreEqual(new[] { 0.6f, 0.8f }, result.GetValues().ToArray());
        CollectionAssert.AreEqual(new[] { 2, 7 }, result.GetIndices().ToArray());
    }

    [TestMethod]
    public void OtherColumnsAreRefused()
    {
        var data = TextTestData.Load(_context, "a");
        var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => _context.Transforms.NormalizeLpNorm("Text").Fit(data));
        Assert.Contains("Schema mismatch for input column 'Text': expected Expected known-size vector of Single, got String", error.Message);
        Assert.Contains("scale must be a positive finite value", Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => _context.Transforms.NormalizeGlobalContrast("Text", scale: 0)).Message);
    }

    private void AssertRow<TEstimator>(TEstimator estimator, float[] values, float[] expected) where TEstimator : LpNormNormalizingEstimatorBase
    {
        var data = _context.Data.LoadFromEnumerable([new Point { Features = values }]);
        var transformer = estimator.Fit(data);
        var result = transformer.Transform(data);
        CollectionAssert.AreEqual(expected, TextTestData.Vectors<float>(result, "Features")[0].DenseValues().ToArray());
        Assert.IsTrue(result.Schema["Features"].IsNormalized());
        TextTestData.AssertShape(estimator, data, result, "Features");
        TextTestData.AssertSame(TextTestData.Vectors<float>(result, "Features"), TextTestData.Vectors<float>(TextTestData.ThroughFile(_context, transformer, data), "Features"));
    }

    private sealed class Point
    {
        [VectorType(4)]
        public float[] Features { get; set; } = [];
    }
}
