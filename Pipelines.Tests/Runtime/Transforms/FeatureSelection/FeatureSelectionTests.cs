using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLPipelines.Tests.Runtime.Transforms.FeatureSelection;

[TestClass]
public sealed class FeatureSelectionTests
{
    private readonly MLContext _context = new(1);

    // The published sample of SelectFeaturesBasedOnMutualInformation over two columns.
    [TestMethod]
    public void TheMostInformativeSlotsArePublishedOnes()
    {
        var view = TransformContract.Check(_context, _context.Transforms.FeatureSelection.SelectFeaturesBasedOnMutualInformation(
            [new("A"), new("B")], labelColumnName: "Label", slotsInOutput: 4), Published());
        CollectionAssert.AreEqual(new[] { "4 0 6", "0 5 7", "4 0 6", "0 5 7" }, Rows(view, "A"));
        CollectionAssert.AreEqual(new[] { "9", "0", "9", "0" }, Rows(view, "B"));
    }

    [TestMethod]
    public void OfTiedSlotsTheFirstAreKept()
    {
        var view = TransformContract.Check(_context, _context.Transforms.FeatureSelection.SelectFeaturesBasedOnMutualInformation("A", slotsInOutput: 2), Published());
        CollectionAssert.AreEqual(new[] { "4 0", "0 5", "4 0", "0 5" }, Rows(view, "A"));
    }

    [TestMethod]
    [DataRow("Flag")]
    [DataRow("Key")]
    [DataRow("Real")]
    [DataRow("Double")]
    public void LabelsOfEveryKindWork(string label)
    {
        var view = TransformContract.Check(_context, _context.Transforms.FeatureSelection.SelectFeaturesBasedOnMutualInformation(
            [new("Out", "Values"), new("OutSparse", "Sparse"), new("OutScalar", "Real")], labelColumnName: label, slotsInOutput: 3, numberOfBins: 2), Data());
        Assert.IsLessThanOrEqualTo(4, view.Schema["Out"].Type.ValueCount() + view.Schema["OutSparse"].Type.ValueCount(), "three slots, and one of zeros where none is left");
    }

    [TestMethod]
    public void IntegersTellNothing()
    {
        var view = TransformContract.Check(_context, _context.Transforms.FeatureSelection.SelectFeaturesBasedOnMutualInformation("Out", "Values", labelColumnName: "Number"), Data());
        Assert.AreEqual(new VectorDataViewType(NumberDataViewType.Single, 1), view.Schema["Out"].Type);
        CollectionAssert.AreEqual(new[] { "0", "0", "0", "0" }, Rows(view, "Out"));
    }

    [TestMethod]
    public void SlotsWithEnoughValuesAreKept()
    {
        var view = TransformContract.Check(_context, _context.Transforms.FeatureSelection.SelectFeaturesBasedOnCount(
            [new("Numbers", "Values"), new("SparseOut", "Sparse"), new("TextOut", "Words"), new("ScalarOut", "Real"), new("Dropped", "Mostly")], count: 3), Data());
        // 1 of the first slot, 3 of the second, 2 of the third (NaN is none), 4 of the last.
        CollectionAssert.AreEqual(new[] { "5 1", "0 1", "6 1", "7 1" }, Rows(view, "Numbers"));
        CollectionAssert.AreEqual(new[] { "a", "", "b", "c" }, view.GetColumn<string[]>("TextOut").Select(row => string.Join(" ", row)).ToArray());
        Assert.AreEqual(NumberDataViewType.Single, view.Schema["ScalarOut"].Type);
        CollectionAssert.AreEqual(new[] { 0f, 0f, 0f, 0f }, view.GetColumn<float>("Dropped").ToArray());
    }

    [TestMethod]
    public void NothingDroppedIsACopy()
    {
        var view = TransformContract.Check(_context, _context.Transforms.FeatureSelection.SelectFeaturesBasedOnCount("Out", "Values", count: 0), Data());
        Assert.AreEqual(view.Schema["Values"].Type, view.Schema["Out"].Type);
    }

    [TestMethod]
    public void NamesAndRangesOfCategoriesFollowTheSlots()
    {
        var data = Data();
        var encoded = _context.Transforms.Categorical.OneHotEncoding("Color").Append(_context.Transforms.Categorical.OneHotEncoding("Size"))
            .Append(_context.Transforms.Concatenate("All", "Color", "Real", "Size")).Fit(data).Transform(data);
        var view = TransformContract.Check(_context, _context.Transforms.FeatureSelection.SelectFeaturesBasedOnCount("All", count: 2), encoded);
        VBuffer<ReadOnlyMemory<char>> names = default;
        view.Schema["All"].GetSlotNames(ref names);
        Assert.AreEqual("Color.red,Real,Size.small", string.Join(",", names.DenseValues()));
        VBuffer<int> ranges = default;
        view.Schema["All"].Annotations.GetValue("CategoricalSlotRanges", ref ranges);
        CollectionAssert.AreEqual(new[] { 0, 0, 2, 2 }, ranges.DenseValues().ToArray());
        var onlyNumber = _context.Transforms.FeatureSelection.SelectFeaturesBasedOnCount("All", count: 4).Fit(encoded).GetOutputSchema(encoded.Schema);
        Assert.IsFalse(onlyNumber["All"].Annotations.Schema.Any(annotation => annotation.Name == "CategoricalSlotRanges"));
    }

    [TestMethod]
    public void WrongColumnsAndOptionsAreRefused()
    {
        var selection = _context.Transforms.FeatureSelection;
        TransformContract.CheckRefuses<ArgumentOutOfRangeException>(selection.SelectFeaturesBasedOnCount("Number"), Data(), "Column 'Number' does not have compatible type. Expected types are float, double or string.");
        TransformContract.CheckRefuses<ArgumentOutOfRangeException>(selection.SelectFeaturesBasedOnCount("Free"), Data(), "Variable length column 'Free' is not allowed");
        TransformContract.CheckRefuses<ArgumentOutOfRangeException>(selection.SelectFeaturesBasedOnMutualInformation("Size", labelColumnName: "Key"), Data(), "Size", "does not have compatible type");
        Assert.Contains("Nowhere", Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => selection.SelectFeaturesBasedOnMutualInformation("Values", labelColumnName: "Nowhere").Fit(Data())).Message);
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => selection.SelectFeaturesBasedOnMutualInformation("Values", labelColumnName: "Words").Fit(Data()));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => selection.SelectFeaturesBasedOnMutualInformation("Values", slotsInOutput: 0));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => selection.SelectFeaturesBasedOnMutualInformation("Values", numberOfBins: 1));
    }

    private static string[] Rows(IDataView view, string column) => [.. view.GetColumn<float[]>(column).Select(row => string.Join(" ", row))];

    private IDataView Published() => _context.Data.LoadFromEnumerable(
    [
        new Sample { Label = true, A = [4, 0, 6], B = [7, 8, 9] },
        new Sample { Label = false, A = [0, 5, 7], B = [7, 9, 0] },
        new Sample { Label = true, A = [4, 0, 6], B = [7, 8, 9] },
        new Sample { Label = false, A = [0, 5, 7], B = [7, 8, 0] },
    ]);

    private IDataView Data() => _context.Data.LoadFromEnumerable(
    [
        new Row { Values = [0, 5, float.NaN, 1], Sparse = new(5, 2, [1.0, 2.0], [0, 4]), Words = ["a", "x"], Real = 1, Double = 2, Flag = true, Key = 0, Number = 3, Color = "red", Size = "small" },
        new Row { Values = [0, 0, 2, 1], Sparse = new(5, 0, [], []), Words = ["", "x"], Real = 2, Double = 5, Flag = false, Key = 1, Number = 4, Color = "red", Size = "small" },
        new Row { Values = [3, 6, 2, 1], Sparse = new(5, 1, [3.0], [4]), Words = ["b", ""], Real = 3, Double = double.NaN, Flag = true, Key = 9, Number = 3, Color = "blue", Size = "" },
        new Row { Values = [0, 7, 0, 1], Sparse = new(5, [1.0, 2, 0, 0, 5]), Words = ["c", ""], Real = 4, Double = 1, Flag = false, Key = 1, Number = 8, Color = "green", Size = "large", Mostly = 1 },
    ]);

    private sealed class Sample
    {
        public bool Label { get; set; }

        [VectorType(3)]
        public float[] A { get; set; } = [];

        [VectorType(3)]
        public float[] B { get; set; } = [];
    }

    private sealed class Row
    {
        [VectorType(4)]
        public float[] Values { get; set; } = [];

        [VectorType(5)]
        public VBuffer<double> Sparse { get; set; }

        [VectorType(2)]
        public string[] Words { get; set; } = [];

        public float Real { get; set; }

        public float Mostly { get; set; }

        public double Double { get; set; }

        public bool Flag { get; set; }

        [KeyType(3)]
        public uint Key { get; set; }

        public int Number { get; set; }

        public string Color { get; set; } = "";

        public string Size { get; set; } = "";

        [VectorType]
        public float[] Free { get; set; } = [];
    }
}
