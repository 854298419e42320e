using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;

namespace MLPipelines.Tests.Runtime.Transforms.Missing;

[TestClass]
public sealed class MissingValueTests
{
    private readonly MLContext _context = new(1);

    // The published sample of ReplaceMissingValues.
    [TestMethod]
    public void DefaultsAndMeansAreThePublishedOnes()
    {
        var data = Vectors([float.PositiveInfinity, 1, 0], [0, float.NaN, 1], [-1, 2, -3], [-1, float.NaN, -3]);
        AssertRows(_context.Transforms.ReplaceMissingValues("Out", "Values", MissingValueReplacingEstimator.ReplacementMode.DefaultValue), data,
            "Infinity 1 0", "0 0 1", "-1 2 -3", "-1 0 -3");
        AssertRows(_context.Transforms.ReplaceMissingValues("Out", "Values", MissingValueReplacingEstimator.ReplacementMode.Mean), data,
            "Infinity 1 0", "0 1.5 1", "-1 2 -3", "-1 1.5 -3");
    }

    [TestMethod]
    [DataRow(MissingValueReplacingEstimator.ReplacementMode.Mean, "2 4 8", "6 4 8")]
    [DataRow(MissingValueReplacingEstimator.ReplacementMode.Minimum, "1 3 8", "1 1 8")]
    [DataRow(MissingValueReplacingEstimator.ReplacementMode.Maximum, "3 5 8", "8 8 8")]
    [DataRow(MissingValueReplacingEstimator.ReplacementMode.Mode, "1 3 8", "1 1 8")]
    public void SlotsHaveTheirOwnReplacementOrShareOne(MissingValueReplacingEstimator.ReplacementMode mode, string bySlot, string across)
    {
        float[][] rows = [[1, 3, 8], [3, 5, 8], [float.NaN, float.NaN, 8]];
        if (mode == MissingValueReplacingEstimator.ReplacementMode.Mode)
            rows = [[1, 3, 8], [1, 3, 1], [3, 5, 1], [float.NaN, float.NaN, 8]];
        var slots = Replaced(_context.Transforms.ReplaceMissingValues("Out", "Values", mode), Vectors(rows));
        Assert.AreEqual(bySlot, slots[^1]);
        var all = Replaced(_context.Transforms.ReplaceMissingValues("Out", "Values", mode, imputeBySlot: false), Vectors(rows));
        if (mode == MissingValueReplacingEstimator.ReplacementMode.Mean)
            across = string.Create(CultureInfo.InvariantCulture, $"{36f / 7:R} {36f / 7:R} 8");
        Assert.AreEqual(across, all[^1]);
    }

    [TestMethod]
    public void EveryColumnKindKeepsTheContract()
    {
        foreach (var mode in Enum.GetValues<MissingValueReplacingEstimator.ReplacementMode>())
        {
            foreach (bool bySlot in new[] { true, false })
            {
                var view = TransformContract.Check(_context, _context.Transforms.ReplaceMissingValues(
                    [new("A", "Scalar"), new("B", "Double"), new("C", "Sparse"), new("D", "DoubleVector"), new("E", "Free")], mode, bySlot), Data());
                Assert.IsFalse(view.GetColumn<float[]>("C").Any(row => row.Any(float.IsNaN)));
                Assert.IsFalse(view.GetColumn<double>("B").Any(double.IsNaN));
            }
        }
    }

    [TestMethod]
    public void ZerosLeftOutOfSparseVectorsCount()
    {
        var view = TransformContract.Check(_context, _context.Transforms.ReplaceMissingValues("Sparse", replacementMode: MissingValueReplacingEstimator.ReplacementMode.Mean), Data());
        // Slot 1 holds NaN, 2 and a zero that is left out.
        Assert.AreEqual(1f, view.GetColumn<float[]>("Sparse").First()[1]);
        var least = TransformContract.Check(_context, _context.Transforms.ReplaceMissingValues("Sparse", replacementMode: MissingValueReplacingEstimator.ReplacementMode.Minimum), Data());
        Assert.AreEqual(0f, least.GetColumn<float[]>("Sparse").First()[1]);
    }

    [TestMethod]
    public void NothingButMissingValuesIsReplacedByZeroAndSaysSo()
    {
        var messages = new List<string>();
        _context.Log += (_, e) => messages.Add(e.Message);
        var data = Vectors([float.NaN, 1], [float.NaN, 2]);
        AssertRows(_context.Transforms.ReplaceMissingValues("Out", "Values", MissingValueReplacingEstimator.ReplacementMode.Mean), data, "0 1", "0 2");
        Assert.Contains("All values in this column are NAs, using default value for imputation", string.Join("\n", messages));
    }

    [TestMethod]
    public void IndicatorsTellWhatIsMissing()
    {
        var view = TransformContract.Check(_context, _context.Transforms.IndicateMissingValues(
            [new("A", "Scalar"), new("B", "Double"), new("C", "Sparse"), new("D", "DoubleVector"), new("E", "Free"), new("F", "Key"), new("G", "Keys")]), Data());
        CollectionAssert.AreEqual(new[] { false, true, false }, view.GetColumn<bool>("A").ToArray());
        CollectionAssert.AreEqual(new[] { "False True False False False False", "False False False False False False", "True False False False False True" },
            view.GetColumn<bool[]>("C").Select(row => string.Join(" ", row)).ToArray());
        CollectionAssert.AreEqual(new[] { false, true, true }, view.GetColumn<bool>("F").ToArray());
        CollectionAssert.AreEqual(new[] { "False True True True True True", "True True True True True True", "False False False False False False" },
            view.GetColumn<bool[]>("G").Select(row => string.Join(" ", row)).ToArray());
        Assert.IsTrue(view.Schema["C"].IsNormalized());
    }

    [TestMethod]
    public void TypesWithoutAMissingValueAreRefused()
    {
        TransformContract.CheckRefuses<ArgumentOutOfRangeException>(_context.Transforms.ReplaceMissingValues("Text"), Data(), "String", "doesn't have an NA value");
        TransformContract.CheckRefuses<ArgumentOutOfRangeException>(_context.Transforms.ReplaceMissingValues("Key"), Data(), "equivalent to its default");
        TransformContract.CheckRefuses<ArgumentOutOfRangeException>(_context.Transforms.IndicateMissingValues("Text"), Data(), "String");
        TransformContract.CheckRefuses<ArgumentOutOfRangeException>(_context.Transforms.ReplaceMissingValues("Other"), Data(), "Could not find input column 'Other'");
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => _context.Transforms.ReplaceMissingValues("A", replacementMode: (MissingValueReplacingEstimator.ReplacementMode)4));
    }

    private void AssertRows(MissingValueReplacingEstimator estimator, IDataView data, params string[] rows) => CollectionAssert.AreEqual(rows, Replaced(estimator, data));

    private string[] Replaced(MissingValueReplacingEstimator estimator, IDataView data) =>
        [.. TransformContract.Check(_context, estimator, data).GetColumn<float[]>("Out").Select(row => string.Join(" ", row.Select(value => value.ToString(CultureInfo.InvariantCulture))))];

    private IDataView Vectors(params float[][] rows)
    {
        var schema = SchemaDefinition.Create(typeof(Vector));
        schema["Values"].ColumnType = new VectorDataViewType(NumberDataViewType.Single, rows[0].Length);
        return _context.Data.LoadFromEnumerable(rows.Select(row => new Vector { Values = row }).ToList(), schema);
    }

    private IDataView Data() => _context.Data.LoadFromEnumerable(
    [
        new Row { Scalar = 1, Double = double.NaN, Sparse = new(6, 1, [float.NaN], [1]), DoubleVector = [double.NaN, 2], Free = [1, float.NaN], Key = 1, Keys = new(6, 1, [2u], [0]) },
        new Row { Scalar = float.NaN, Double = 4, Sparse = new(6, 2, [2f, 3f], [1, 4]), DoubleVector = [5, double.NegativeInfinity], Free = [], Key = 99, Keys = new(6, 0, [], []) },
        new Row { Scalar = -3, Double = 4, Sparse = new(6, [float.NaN, 0f, 1f, 1f, 1f, float.NaN]), DoubleVector = [1, 1], Free = [float.NaN], Key = 99, Keys = new(6, [1u, 2u, 3u, 1u, 2u, 3u]) },
    ]);

    private sealed class Vector
    {
        [VectorType(3)]
        public float[] Values { get; set; } = [];
    }

    private sealed class Row
    {
        public float Scalar { get; set; }

        public double Double { get; set; }

        [VectorType(6)]
        public VBuffer<float> Sparse { get; set; }

        [VectorType(2)]
        public double[] DoubleVector { get; set; } = [];

        [VectorType]
        public float[] Free { get; set; } = [];

        [KeyType(5)]
        public uint Key { get; set; }

        [VectorType(6)]
        [KeyType(5)]
        public VBuffer<uint> Keys { get; set; }

        public string Text { get; set; } = "";
    }
}
