using System.Diagnostics;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;

namespace MLPipelines.Tests.Runtime.Transforms.Categorical;

[TestClass]
public sealed class OneHotEncodingTests
{
    private readonly MLContext _context = new(1);

    public TestContext TestContext { get; set; } = null!;

    [TestMethod]
    public void CategoriesBecomeIndicatorsNamedByThem()
    {
        var view = TransformContract.Check(_context, _context.Transforms.Categorical.OneHotEncoding("Encoded", "Education"), Data());
        CollectionAssert.AreEqual(new[] { "1 0 0", "1 0 0", "0 1 0", "0 0 1", "0 0 0" }, view.GetColumn<float[]>("Encoded").Select(row => string.Join(" ", row)).ToArray());
        Assert.AreEqual("0-5yrs,6-11yrs,11-15yrs", SlotNames(view.Schema["Encoded"]));
        Assert.IsTrue(view.Schema["Encoded"].IsNormalized());
    }

    [TestMethod]
    public void NumbersNameTheirSlotsToo()
    {
        var view = TransformContract.Check(_context, _context.Transforms.Categorical.OneHotEncoding("Encoded", "Zip"), Data());
        Assert.AreEqual("98005,98052,0.5", SlotNames(view.Schema["Encoded"]));
        CollectionAssert.AreEqual(new[] { "1 0 0", "0 1 0", "1 0 0", "0 0 0", "0 0 1" }, view.GetColumn<float[]>("Encoded").Select(row => string.Join(" ", row)).ToArray());
    }

    [TestMethod]
    public void KeysAndBitsAndCountsAreOutputsToo()
    {
        var keys = TransformContract.Check(_context, _context.Transforms.Categorical.OneHotEncoding("Encoded", "Education", OneHotEncodingEstimator.OutputKind.Key), Data());
        CollectionAssert.AreEqual(new uint[] { 1, 1, 2, 3, 0 }, keys.GetColumn<uint>("Encoded").ToArray());
        var bits = TransformContract.Check(_context, _context.Transforms.Categorical.OneHotEncoding("Encoded", "Education", OneHotEncodingEstimator.OutputKind.Binary), Data());
        CollectionAssert.AreEqual(new[] { "0 0 0", "0 0 0", "0 0 1", "0 1 0", "1 1 1" }, bits.GetColumn<float[]>("Encoded").Select(row => string.Join(" ", row)).ToArray());
        var counts = TransformContract.Check(_context, _context.Transforms.Categorical.OneHotEncoding("Encoded", "Tags", OneHotEncodingEstimator.OutputKind.Bag), Data());
        CollectionAssert.AreEqual(new[] { "2 0", "1 1", "0 0", "0 2", "0 0" }, counts.GetColumn<float[]>("Encoded").Select(row => string.Join(" ", row)).ToArray());
    }

    [TestMethod]
    public void SeveralColumnsAreFittedTogetherInTheOrderAskedFor()
    {
        var view = TransformContract.Check(_context, _context.Transforms.Categorical.OneHotEncoding(
            [new InputOutputColumnPair("Education"), new InputOutputColumnPair("Zip")], keyOrdinality: ValueToKeyMappingEstimator.KeyOrdinality.ByValue), Data());
        Assert.AreEqual("0-5yrs,11-15yrs,6-11yrs", SlotNames(view.Schema["Education"]));
        Assert.AreEqual("0.5,98005,98052", SlotNames(view.Schema["Zip"]));
    }

    [TestMethod]
    public void KeyDataDecidesWhatIsKnown()
    {
        var keyData = _context.Data.LoadFromEnumerable([new Term { Education = "6-11yrs" }, new Term { Education = "never" }]);
        var view = TransformContract.Check(_context, _context.Transforms.Categorical.OneHotEncoding("Encoded", "Education", keyData: keyData), Data());
        Assert.AreEqual("6-11yrs,never", SlotNames(view.Schema["Encoded"]));
        CollectionAssert.AreEqual(new[] { "0 0", "0 0", "1 0", "0 0", "0 0" }, view.GetColumn<float[]>("Encoded").Select(row => string.Join(" ", row)).ToArray());
    }

    [TestMethod]
    public void TheNumberOfKeysCanBeLimited()
    {
        var view = TransformContract.Check(_context, _context.Transforms.Categorical.OneHotEncoding("Encoded", "Education", maximumNumberOfKeys: 2), Data());
        Assert.AreEqual("0-5yrs,6-11yrs", SlotNames(view.Schema["Encoded"]));
    }

    [TestMethod]
    public void NoRowsGiveOneNamelessSlot()
    {
        var empty = _context.Data.LoadFromEnumerable(Array.Empty<Row>());
        var model = _context.Transforms.Categorical.OneHotEncoding("Encoded", "Education").Fit(empty);
        Assert.AreEqual(new VectorDataViewType(NumberDataViewType.Single, 1), model.GetOutputSchema(empty.Schema)["Encoded"].Type);
        CollectionAssert.AreEqual(new float[] { 0 }, model.Transform(Data()).GetColumn<float[]>("Encoded").First());
    }

    [TestMethod]
    public void AHundredThousandRowsAreEncodedQuickly()
    {
        var rows = Enumerable.Range(0, 100_000).Select(i => new Term { Education = $"category {i * 7919 % 500}" }).ToArray();
        var data = _context.Data.LoadFromEnumerable(rows);
        var watch = Stopwatch.StartNew();
        var view = _context.Transforms.Categorical.OneHotEncoding("Encoded", "Education").Fit(data).Transform(data);
        double fitted = watch.Elapsed.TotalMilliseconds;
        double sum = view.GetColumn<VBuffer<float>>("Encoded").Sum(vector => vector.GetValues()[0]);
        TestContext.WriteLine($"fit {fitted:0} ms, pass {watch.Elapsed.TotalMilliseconds - fitted:0} ms");
        Assert.AreEqual(100_000, sum);
        Assert.IsLessThan(5000, watch.Elapsed.TotalMilliseconds);
    }

    private static string SlotNames(DataViewSchema.Column column)
    {
        VBuffer<ReadOnlyMemory<char>> names = default;
        column.GetSlotNames(ref names);
        return string.Join(",", names.DenseValues());
    }

    private IDataView Data() => _context.Data.LoadFromEnumerable(
    [
        new Row { Education = "0-5yrs", Zip = 98005, Tags = ["a", "a"] },
        new Row { Education = "0-5yrs", Zip = 98052, Tags = ["a", "b"] },
        new Row { Education = "6-11yrs", Zip = 98005, Tags = [] },
        new Row { Education = "11-15yrs", Zip = float.NaN, Tags = ["b", "b"] },
        new Row { Education = "", Zip = 0.5f, Tags = ["", ""] },
    ]);

    private sealed class Row
    {
        public string Education { get; set; } = "";

        public float Zip { get; set; }

        [VectorType]
        public string[] Tags { get; set; } = [];
    }

    private sealed class Term
    {
        public string Education { get; set; } = "";
    }
}
