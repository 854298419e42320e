using System.Collections.Immutable;
using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;

namespace MLPipelines.Tests.Runtime.Transforms.Normalization;

/// <summary>What the published samples of the normalizers print.</summary>
[TestClass]
public sealed class NormalizationSampleTests
{
    private readonly MLContext _context = new();

    [TestMethod]
    public void Binning()
    {
        var data = Data([[8, 1, 3, 0], [6, 2, 2, 0], [4, 0, 1, 0], [2, -1, -1, 1]]);
        var plain = _context.Transforms.NormalizeBinning("Features", maximumBinCount: 4, fixZero: false);
        AssertRows(plain, data,
            "1.0000, 0.6667, 1.0000, 0.0000",
            "0.6667, 1.0000, 0.6667, 0.0000",
            "0.3333, 0.3333, 0.3333, 0.0000",
            "0.0000, 0.0000, 0.0000, 1.0000");
        var fixedZero = _context.Transforms.NormalizeBinning("Features", maximumBinCount: 4, fixZero: true);
        AssertRows(fixedZero, data,
            "1.0000, 0.3333, 1.0000, 0.0000",
            "0.6667, 0.6667, 0.6667, 0.0000",
            "0.3333, 0.0000, 0.3333, 0.0000",
            "0.0000, -0.3333, 0.0000, 1.0000");
        var parameters = Parameters<NormalizingTransformer.BinNormalizerModelParameters<ImmutableArray<float>>>(plain, data);
        Assert.AreEqual("3 5 7 Infinity", Join(parameters.UpperBounds[0]));
        Assert.AreEqual(3f, parameters.Density[0]);
        Assert.IsEmpty(parameters.Offset);
        parameters = Parameters<NormalizingTransformer.BinNormalizerModelParameters<ImmutableArray<float>>>(fixedZero, data);
        Assert.AreEqual("-0.5 0.5 1.5 Infinity", Join(parameters.UpperBounds[1]));
        Assert.AreEqual(1f / 3, parameters.Offset[1]);
    }

    [TestMethod]
    public void SupervisedBinning()
    {
        string[] bins = ["Bin1", "Bin2", "Bin2", "Bin3", "Bin3"];
        float[][] features = [[8, 1, 3, 0], [6, 2, 2, 1], [5, 3, 0, 2], [4, -8, 1, 3], [2, -5, -1, 4]];
        var data = _context.Data.LoadFromEnumerable(features.Zip(bins, (row, bin) => new Row { Features = row, Bin = bin }).ToList());
        data = _context.Transforms.Conversion.MapValueToKey("Bin").Fit(data).Transform(data);
        var plain = _context.Transforms.NormalizeSupervisedBinning("Features", labelColumnName: "Bin", mininimumExamplesPerBin: 1, fixZero: false);
        AssertRows(plain, data,
            "1.0000, 0.5000, 1.0000, 0.0000",
            "0.5000, 1.0000, 0.0000, 0.5000",
            "0.5000, 1.0000, 0.0000, 0.5000",
            "0.0000, 0.0000, 0.0000, 1.0000",
            "0.0000, 0.0000, 0.0000, 1.0000");
        var fixedZero = _context.Transforms.NormalizeSupervisedBinning("Features", labelColumnName: "Bin", mininimumExamplesPerBin: 1, fixZero: true);
        AssertRows(fixedZero, data,
            "1.0000, 0.0000, 1.0000, 0.0000",
            "0.5000, 0.5000, 0.0000, 0.5000",
            "0.5000, 0.5000, 0.0000, 0.5000",
            "0.0000, -0.5000, 0.0000, 1.0000",
            "0.0000, -0.5000, 0.0000, 1.0000");
        Assert.AreEqual("4.5 7 Infinity", Join(Parameters<NormalizingTransformer.BinNormalizerModelParameters<ImmutableArray<float>>>(plain, data).UpperBounds[0]));
        var parameters = Parameters<NormalizingTransformer.BinNormalizerModelParameters<ImmutableArray<float>>>(fixedZero, data);
        Assert.AreEqual("-2 1.5 Infinity", Join(parameters.UpperBounds[1]));
        Assert.AreEqual(0.5f, parameters.Offset[1]);
    }

    [TestMethod]
    public void MeanVariance()
    {
        var data = Data([[1, 1, 3, 0], [2, 2, 2, 0], [0, 0, 1, 0], [-1, -1, -1, 1]]);
        var cdf = _context.Transforms.NormalizeMeanVariance("Features", useCdf: true);
        AssertRows(cdf, data,
            "0.6726, 0.6726, 0.8816, 0.2819",
            "0.9101, 0.9101, 0.6939, 0.2819",
            "0.3274, 0.3274, 0.4329, 0.2819",
            "0.0899, 0.0899, 0.0641, 0.9584");
        var affine = _context.Transforms.NormalizeMeanVariance("Features", useCdf: false);
        AssertRows(affine, data,
            "0.8165, 0.8165, 1.5492, 0.0000",
            "1.6330, 1.6330, 1.0328, 0.0000",
            "0.0000, 0.0000, 0.5164, 0.0000",
            "-0.8165, -0.8165, -0.5164, 2.0000");
        var parameters = Parameters<NormalizingTransformer.CdfNormalizerModelParameters<ImmutableArray<float>>>(cdf, data);
        Assert.AreEqual(0.5f, parameters.Mean[1]);
        Assert.AreEqual(1.118034f, parameters.StandardDeviation[1]);
        Assert.AreEqual(0.8164966f, Parameters<NormalizingTransformer.AffineNormalizerModelParameters<ImmutableArray<float>>>(affine, data).Scale[1], 1e-7f);
    }

    [TestMethod]
    public void LogMeanVariance()
    {
        var data = Data([[1, 1, 3, 0, float.MaxValue], [2, 2, 2, 0, float.MinValue], [0, 0, 1, 0, 0], [-1, -1, -1, 1, 1]]);
        string[] published =
        [
            "0.1587, 0.1587, 0.8654, 0.0000, 0.8413",
            "0.8413, 0.8413, 0.5837, 0.0000, 0.0000",
            "0.0000, 0.0000, 0.0940, 0.0000, 0.0000",
            "0.0000, 0.0000, 0.0000, 0.0000, 0.1587",
        ];
        var cdf = _context.Transforms.NormalizeLogMeanVariance("Features", useCdf: true);
        AssertRows(cdf, data, published);
        AssertRows(_context.Transforms.NormalizeLogMeanVariance("Features", true, useCdf: true), data, published);
        var parameters = Parameters<NormalizingTransformer.CdfNormalizerModelParameters<ImmutableArray<float>>>(cdf, data);
        Assert.AreEqual("0.3465736", parameters.Mean[1].ToString("G7", CultureInfo.InvariantCulture));
        Assert.AreEqual("0.3465736", parameters.StandardDeviation[1].ToString("G7", CultureInfo.InvariantCulture));

        var affine = _context.Transforms.NormalizeLogMeanVariance("Features", useCdf: false);
        var rows = Rows(affine, data);
        Assert.AreEqual("1.8854, 1.8854, 5.2970, 0.0000", rows[0][..30]);
        Assert.AreEqual("4.7708, 4.7708, 3.0925, 0.0000", rows[1][..30]);
        Assert.AreEqual("-1.0000, -1.0000, 0.8879, 0.0000, -1.0000", rows[2]);
        Assert.AreEqual("-3.8854, -3.8854, -3.5213, 0.0000, -0.9775", rows[3]);
        Assert.AreEqual("2.88539", Parameters<NormalizingTransformer.AffineNormalizerModelParameters<ImmutableArray<float>>>(affine, data).Scale[1].ToString("G6", CultureInfo.InvariantCulture));

        var fixedZero = _context.Transforms.NormalizeLogMeanVariance("Features", true, useCdf: false);
        rows = Rows(fixedZero, data);
        Assert.AreEqual("2.0403, 2.0403, 4.0001, 0.0000", rows[0][..30]);
        Assert.AreEqual("4.0806, 4.0806, 2.6667, 0.0000", rows[1][..30]);
        Assert.AreEqual("0.0000, 0.0000, 1.3334, 0.0000, 0.0000", rows[2]);
        Assert.AreEqual("-2.0403, -2.0403, -1.3334, 0.0000, 0.0159", rows[3]);
        Assert.AreEqual("2.040279", Parameters<NormalizingTransformer.AffineNormalizerModelParameters<ImmutableArray<float>>>(fixedZero, data).Scale[1].ToString("G7", CultureInfo.InvariantCulture));
    }

    private void AssertRows(NormalizingEstimator estimator, IDataView data, params string[] rows) => CollectionAssert.AreEqual(rows, Rows(estimator, data));

    private string[] Rows(NormalizingEstimator estimator, IDataView data) =>
        [.. TransformContract.Check(_context, estimator, data).GetColumn<float[]>("Features").Select(row => string.Join(", ", row.Select(item => item.ToString("f4", CultureInfo.InvariantCulture))))];

    private static TParameters Parameters<TParameters>(NormalizingEstimator estimator, IDataView data) where TParameters : class =>
        (TParameters)(object)estimator.Fit(data).GetNormalizerModelParameters(0);

    private static string Join(ImmutableArray<float> items) => string.Join(" ", items.Select(item => item.ToString(CultureInfo.InvariantCulture)));

    private IDataView Data(float[][] rows)
    {
        var schema = SchemaDefinition.Create(typeof(Row));
        schema["Features"].ColumnType = new VectorDataViewType(NumberDataViewType.Single, rows[0].Length);
        return _context.Data.LoadFromEnumerable(rows.Select(row => new Row { Features = row }).ToList(), schema);
    }

    private sealed class Row
    {
        [VectorType(4)]
        public float[] Features { get; set; } = [];

        public string Bin { get; set; } = "";
    }
}
