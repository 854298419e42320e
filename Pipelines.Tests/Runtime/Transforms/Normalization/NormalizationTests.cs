using System.Collections.Immutable;
using System.Diagnostics;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;

namespace MLPipelines.Tests.Runtime.Transforms.Normalization;

[TestClass]
public sealed class NormalizationTests
{
    private readonly MLContext _context = new(1);

    public TestContext TestContext { get; set; } = null!;

    private IEnumerable<NormalizingEstimator> All(string name)
    {
        foreach (bool fixZero in new[] { true, false })
        {
            yield return _context.Transforms.NormalizeMinMax(name, fixZero: fixZero);
            yield return _context.Transforms.NormalizeMeanVariance(name, fixZero: fixZero);
            yield return _context.Transforms.NormalizeMeanVariance(name, fixZero: fixZero, useCdf: true);
            yield return _context.Transforms.NormalizeLogMeanVariance(name, fixZero, useCdf: false);
            yield return _context.Transforms.NormalizeLogMeanVariance(name, fixZero);
            yield return _context.Transforms.NormalizeBinning(name, fixZero: fixZero, maximumBinCount: 3);
            yield return _context.Transforms.NormalizeSupervisedBinning(name, fixZero: fixZero, mininimumExamplesPerBin: 1);
            yield return _context.Transforms.NormalizeRobustScaling(name, centerData: !fixZero);
        }
    }

    [TestMethod]
    [DataRow("Scalar")]
    [DataRow("DoubleScalar")]
    [DataRow("Dense")]
    [DataRow("Sparse")]
    [DataRow("DoubleSparse")]
    public void EveryNormalizerKeepsTheContract(string column)
    {
        foreach (var estimator in All(column))
        {
            var view = TransformContract.Check(_context, estimator, Data());
            Assert.IsTrue(view.Schema[column].IsNormalized());
        }
    }

    [TestMethod]
    public void SparseAndDenseVectorsGiveTheSameNumbers()
    {
        var sparse = Data();
        var dense = _context.Data.LoadFromEnumerable(Rows().Select(row => { row.Sparse = new VBuffer<float>(6, [.. row.Sparse.DenseValues()]); return row; }).ToList());
        foreach (var (estimator, index) in All("Sparse").Select((estimator, index) => (estimator, index)))
        {
            // Binning that moves zero, and distribution functions, leave what a sparse vector leaves out at zero.
            var fromSparse = estimator.Fit(sparse).Transform(dense).GetColumn<float[]>("Sparse").ToArray();
            var fromDense = estimator.Fit(dense).Transform(dense).GetColumn<float[]>("Sparse").ToArray();
            for (int i = 0; i < fromDense.Length; i++)
                CollectionAssert.AreEqual(fromDense[i], fromSparse[i], $"estimator {index}, row {i}");
        }
    }

    [TestMethod]
    public void AnOffsetMovesTheZerosOfSparseVectors()
    {
        var view = _context.Transforms.NormalizeMinMax("Sparse", fixZero: false).Fit(Data()).Transform(Data());
        var normalized = view.GetColumn<VBuffer<float>>("Sparse").First();
        // Slot 0 runs from -4 to 2.
        Assert.AreEqual(4f / 6, normalized.GetItemOrDefault(0), 1e-6f);
    }

    [TestMethod]
    public void DensityFollowsTheCountOfZeros()
    {
        var view = _context.Transforms.NormalizeMinMax("Dense").Fit(Data()).Transform(Data());
        var rows = view.GetColumn<VBuffer<float>>("Dense").Select(row => row.IsDense).ToArray();
        CollectionAssert.AreEqual(new[] { true, true, false, true }, rows);
    }

    [TestMethod]
    public void MissingValuesTeachNothingAndStayMissing()
    {
        float[] values = [1, float.NaN, 3, 5];
        var data = _context.Data.LoadFromEnumerable(values.Select(value => new Number { Value = value }).ToList());
        CollectionAssert.AreEqual(new[] { 0.2f, float.NaN, 0.6f, 1f }, Normalized(_context.Transforms.NormalizeMinMax("Value"), data));
        CollectionAssert.AreEqual(new[] { 0f, float.NaN, 0.5f, 1f }, Normalized(_context.Transforms.NormalizeBinning("Value", fixZero: false), data));
        CollectionAssert.AreEqual(new[] { -1f, float.NaN, 0f, 1f }, Normalized(_context.Transforms.NormalizeRobustScaling("Value"), data));
        var mean = (NormalizingTransformer.AffineNormalizerModelParameters<float>)_context.Transforms.NormalizeMeanVariance("Value", fixZero: false).Fit(data).GetNormalizerModelParameters(0);
        Assert.AreEqual(3f, mean.Offset);
        Assert.AreEqual(0f, Normalized(_context.Transforms.NormalizeMeanVariance("Value", useCdf: true), data)[1], "where there is no distribution function");
    }

    [TestMethod]
    public void OnlyAsManyRowsAreLookedAtAsAskedFor()
    {
        var data = _context.Data.LoadFromEnumerable(Enumerable.Range(1, 10).Select(i => new Number { Value = i }).ToList());
        Assert.AreEqual(2.5f, Normalized(_context.Transforms.NormalizeMinMax("Value", maximumExampleCount: 4), data)[9]);
    }

    [TestMethod]
    public void ConstantAndMissingSlotsBecomeZero()
    {
        var data = _context.Data.LoadFromEnumerable(Enumerable.Repeat(new Number { Value = 7 }, 5).ToList());
        foreach (var estimator in All("Value").Take(5))
            Assert.AreEqual(0f, Normalized(estimator, data, label: "Value")[0]);
        var empty = _context.Data.LoadFromEnumerable(Array.Empty<Number>());
        foreach (var estimator in new[] { _context.Transforms.NormalizeMinMax("Value"), _context.Transforms.NormalizeMeanVariance("Value"), _context.Transforms.NormalizeBinning("Value"), _context.Transforms.NormalizeRobustScaling("Value") })
            Assert.AreEqual(0f, estimator.Fit(empty).Transform(data).GetColumn<float>("Value").First());
    }

    [TestMethod]
    public void BinsHaveAboutAsManyValuesEach()
    {
        var random = new Random(3);
        var values = Enumerable.Range(0, 20_000).Select(_ => (float)Math.Round(random.NextDouble() * random.NextDouble() * 5000, 1)).ToArray();
        var data = _context.Data.LoadFromEnumerable(values.Select(value => new Number { Value = value }).ToList());
        var bins = (NormalizingTransformer.BinNormalizerModelParameters<float>)_context.Transforms.NormalizeBinning("Value", maximumBinCount: 50).Fit(data).GetNormalizerModelParameters(0);
        Assert.HasCount(50, bins.UpperBounds);
        var sizes = values.CountBy(value => bins.UpperBounds.TakeWhile(bound => bound < value).Count()).Select(bin => bin.Value).ToArray();
        Assert.HasCount(50, sizes);
        Assert.IsLessThan(420, sizes.Max());
        Assert.IsGreaterThan(380, sizes.Min());
    }

    [TestMethod]
    public void RobustScalingKnowsOtherQuantiles()
    {
        var data = _context.Data.LoadFromEnumerable(Enumerable.Range(0, 11).Select(i => new Number { Value = i }).ToList());
        var parameters = (NormalizingTransformer.AffineNormalizerModelParameters<float>)
            _context.Transforms.NormalizeRobustScaling("Value", quantileMin: 10, quantileMax: 90).Fit(data).GetNormalizerModelParameters(0);
        Assert.AreEqual(0.125f, parameters.Scale);
        Assert.AreEqual(5f, parameters.Offset);
        var even = _context.Data.LoadFromEnumerable(new[] { 1f, 2, 0, 10 }.Select(value => new Number { Value = value }).ToList());
        Assert.AreEqual(1.5f, ((NormalizingTransformer.AffineNormalizerModelParameters<float>)_context.Transforms.NormalizeRobustScaling("Value").Fit(even).GetNormalizerModelParameters(0)).Offset);
    }

    [TestMethod]
    public void LabelsOfSupervisedBinningAreChecked()
    {
        var estimator = _context.Transforms.NormalizeSupervisedBinning("Dense", labelColumnName: "Nowhere");
        Assert.Contains("Nowhere", Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => estimator.Fit(Data())).Message);
        var byVector = _context.Transforms.NormalizeSupervisedBinning("Dense", labelColumnName: "Dense");
        Assert.Contains("Dense", Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => byVector.Fit(Data())).Message);
    }

    [TestMethod]
    public void WrongColumnsAndOptionsAreRefused()
    {
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => _context.Transforms.NormalizeMinMax("Dense", maximumExampleCount: 1));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => _context.Transforms.NormalizeBinning("Dense", maximumBinCount: 1));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => _context.Transforms.NormalizeSupervisedBinning("Dense", mininimumExamplesPerBin: 0));
        TransformContract.CheckRefuses<ArgumentOutOfRangeException>(_context.Transforms.NormalizeMinMax("Label"), Data(), "Label", "Int32");
        TransformContract.CheckRefuses<ArgumentOutOfRangeException>(_context.Transforms.NormalizeMinMax("Free"), Data(), "Free");
        TransformContract.CheckRefuses<ArgumentOutOfRangeException>(_context.Transforms.NormalizeMinMax("Nowhere"), Data(), "Nowhere");
        var model = _context.Transforms.NormalizeMinMax("Dense").Fit(Data());
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => model.GetNormalizerModelParameters(1));
    }

    [TestMethod]
    public void DimensionsAndSlotNamesAreKept()
    {
        var data = _context.Transforms.Concatenate("Both", "Scalar", "Dense").Fit(Data()).Transform(Data());
        var view = TransformContract.Check(_context, _context.Transforms.NormalizeMinMax([new InputOutputColumnPair("Both"), new InputOutputColumnPair("Tensor")]), data);
        Assert.IsTrue(view.Schema["Both"].HasSlotNames());
        Assert.AreEqual(new VectorDataViewType(NumberDataViewType.Single, 2, 2), view.Schema["Tensor"].Type);
    }

    [TestMethod]
    public void AHundredThousandRowsAreNormalizedQuickly()
    {
        var random = new Random(1);
        var rows = Enumerable.Range(0, 100_000).Select(_ => new Ten { Features = [.. Enumerable.Range(0, 10).Select(_ => random.NextSingle())] }).ToArray();
        var data = _context.Data.LoadFromEnumerable(rows);
        var watch = Stopwatch.StartNew();
        var view = _context.Transforms.NormalizeMeanVariance("Features").Fit(data).Transform(data);
        double fitted = watch.Elapsed.TotalMilliseconds;
        double sum = view.GetColumn<VBuffer<float>>("Features").Sum(vector => vector.GetValues()[0]);
        TestContext.WriteLine($"fit {fitted:0} ms, pass {watch.Elapsed.TotalMilliseconds - fitted:0} ms");
        Assert.IsGreaterThan(0, sum);
        Assert.IsLessThan(5000, watch.Elapsed.TotalMilliseconds);
    }

    private float[] Normalized(NormalizingEstimator estimator, IDataView data, string? label = null)
    {
        if (label != null)
            data = _context.Transforms.CopyColumns("Label", label).Fit(data).Transform(data);
        return [.. TransformContract.Check(_context, estimator, data).GetColumn<float>("Value")];
    }

    private IDataView Data() => _context.Data.LoadFromEnumerable(Rows());

    private static List<Row> Rows() =>
    [
        new Row { Label = 0, Scalar = 1, DoubleScalar = -2, Dense = [1, 2, 3, -4], Sparse = new VBuffer<float>(6, 2, [3f, -1f], [1, 5]), DoubleSparse = new VBuffer<double>(5, 1, [2.5], [2]) },
        new Row { Label = 1, Scalar = 0, DoubleScalar = 0.1, Dense = [0, 2.5f, 1, 1], Sparse = new VBuffer<float>(6, 3, [2f, 1f, 8f], [0, 1, 4]), DoubleSparse = new VBuffer<double>(5, 0, [], []) },
        new Row { Label = 1, Scalar = -7, DoubleScalar = 3, Dense = [0, 0, 0, 2], Sparse = new VBuffer<float>(6, 0, [], []), DoubleSparse = new VBuffer<double>(5, 4, [1, 2, 3, 4], [0, 1, 2, 3]) },
        new Row { Label = 0, Scalar = 4, DoubleScalar = 3, Dense = [9, 1, 2, 2], Sparse = new VBuffer<float>(6, 4, [-4f, 2f, 7f, 1f], [0, 2, 3, 4]), DoubleSparse = new VBuffer<double>(5, [1, 2, 3, 4, -5]) },
    ];

    private sealed class Number
    {
        public float Value { get; set; }
    }

    private sealed class Ten
    {
        [VectorType(10)]
        public float[] Features { get; set; } = [];
    }

    private sealed class Row
    {
        public int Label { get; set; }

        public float Scalar { get; set; }

        public double DoubleScalar { get; set; }

        [VectorType(4)]
        public float[] Dense { get; set; } = [];

        [VectorType(6)]
        public VBuffer<float> Sparse { get; set; }

        [VectorType(5)]
        public VBuffer<double> DoubleSparse { get; set; }

        [VectorType(2, 2)]
        public float[] Tensor { get; set; } = [1, 2, 3, 4];

        [VectorType]
        public float[] Free { get; set; } = [1];
    }
}
