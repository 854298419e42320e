using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLPipelines.Tests.Runtime.Transforms.Columns;

[TestClass]
public sealed class ColumnTransformTests
{
    private readonly MLContext _context = new(1);

    [TestMethod]
    public void CopiesAreTheColumnsTheyCopy()
    {
        var view = TransformContract.Check(_context, _context.Transforms.CopyColumns("Copy", "Words"), Data());
        CollectionAssert.AreEqual(new[] { "x", "" }, view.GetColumn<string[]>("Copy").First());
    }

    [TestMethod]
    public void ConcatenationNamesSlotsAndIsSparseWhereInputsAre()
    {
        TransformContract.Check(_context, _context.Transforms.Concatenate("All", "Small", "Number"), Data());
        TransformContract.Check(_context, _context.Transforms.Concatenate("All", "Words", "Text"), Data());
        TransformContract.Check(_context, _context.Transforms.Concatenate("All", "Free", "Free"), Data());
        var view = TransformContract.Check(_context, _context.Transforms.Concatenate("All", "Sparse", "Real"), Data());
        var rows = view.GetColumn<VBuffer<float>>("All").ToArray();
        Assert.IsFalse(rows[1].IsDense);
        Assert.IsTrue(rows[2].IsDense);
        CollectionAssert.AreEqual(new float[] { 5, 0, 6, 0, 0.25f }, rows[0].DenseValues().ToArray());
        VBuffer<ReadOnlyMemory<char>> names = default;
        view.Schema["All"].GetSlotNames(ref names);
        Assert.AreEqual(",,,,Real", string.Join(",", names.DenseValues()));
    }

    [TestMethod]
    public void ConcatenatedColumnsAreOfOneType() =>
        TransformContract.CheckRefuses<ArgumentOutOfRangeException>(_context.Transforms.Concatenate("All", "Real", "Text"), Data(), "Schema mismatch for input column 'Text': expected Single, got String");

    [TestMethod]
    public void DroppedColumnsAreGoneAndSelectedOnesComeInTheirOrder()
    {
        var dropped = TransformContract.Check(_context, _context.Transforms.DropColumns("Words", "Text"), Data());
        CollectionAssert.AreEqual(new[] { "Number", "Real", "Sparse", "Free", "Small" }, dropped.Schema.Select(column => column.Name).ToArray());
        var selected = TransformContract.Check(_context, _context.Transforms.SelectColumns("Words", "Number"), Data());
        CollectionAssert.AreEqual(new[] { "Words", "Number" }, selected.Schema.Select(column => column.Name).ToArray());
    }

    [TestMethod]
    public void HiddenColumnsAreKeptByDroppingAndOnlyOnDemandBySelecting()
    {
        var hidden = _context.Transforms.Conversion.ConvertType("Number").Fit(Data()).Transform(Data());
        Assert.AreEqual(2, hidden.Schema.Count(column => column.Name == "Number"));
        var dropped = _context.Transforms.DropColumns("Words").Fit(hidden).Transform(hidden);
        Assert.AreEqual(2, dropped.Schema.Count(column => column.Name == "Number"));
        Assert.IsTrue(dropped.Schema.First(column => column.Name == "Number").IsHidden);
        Assert.HasCount(1, _context.Transforms.SelectColumns("Number").Fit(hidden).Transform(hidden).Schema);
        Assert.HasCount(2, _context.Transforms.SelectColumns(["Number"], keepHidden: true).Fit(hidden).Transform(hidden).Schema);
    }

    [TestMethod]
    public void EveryUnknownColumnIsNamed()
    {
        TransformContract.CheckRefuses<ArgumentOutOfRangeException>(_context.Transforms.DropColumns("One", "Words", "Two"), Data(), "Could not find input column 'One,Two'");
        TransformContract.CheckRefuses<ArgumentOutOfRangeException>(_context.Transforms.SelectColumns("One", "Words", "Two"), Data(), "Could not find input column 'One,Two'");
        TransformContract.CheckRefuses<ArgumentOutOfRangeException>(_context.Transforms.CopyColumns("Copy", "One"), Data(), "Could not find input column 'One'");
    }

    private IDataView Data() => _context.Data.LoadFromEnumerable(
    [
        new Row { Text = "b", Number = 4, Real = 0.25f, Words = ["x", ""], Sparse = new(4, 2, [5f, 6f], [0, 2]), Free = [3, 1], Small = 7 },
        new Row { Text = "a", Number = 3, Real = float.NaN, Words = ["", "y"], Sparse = new(4, 0, [], []), Free = [] },
        new Row { Text = "", Number = 4, Real = -3, Words = ["x", "x"], Sparse = new(4, [7f, 5f, 6f, 0f]), Free = [1], Small = 9 },
    ]);

    private sealed class Row
    {
        public string Text { get; set; } = "";

        public int Number { get; set; }

        public float Real { get; set; }

        [VectorType(2)]
        public string[] Words { get; set; } = [];

        [VectorType(4)]
        public VBuffer<float> Sparse { get; set; }

        [VectorType]
        public long[] Free { get; set; } = [];

        public int Small { get; set; }
    }
}
