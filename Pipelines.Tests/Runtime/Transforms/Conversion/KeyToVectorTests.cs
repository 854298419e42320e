using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLPipelines.Tests.Runtime.Transforms.Conversion;

[TestClass]
public sealed class KeyToVectorTests
{
    private readonly MLContext _context = new(1);

    // The published sample of MapKeyToVector.
    [TestMethod]
    public void KeysBecomeIndicators()
    {
        var view = TransformContract.Check(_context, _context.Transforms.Conversion.MapKeyToVector(
            [new InputOutputColumnPair("TimeframeVector", "Timeframe"), new InputOutputColumnPair("CategoryVector", "Category")]), Data());
        var rows = view.GetColumn<float[]>("TimeframeVector").Select(row => string.Join(",", row)).ToArray();
        CollectionAssert.AreEqual(
            new[] { "0,0,0,0,0,0,0,0,0,1", "0,0,0,0,0,0,0,0,1,0", "0,0,1,0,0,0,0,0,0,0", "0,0,0,0,0,0,0,0,0,0" }, rows);
        Assert.AreEqual("0,0,0,0,0,1", string.Join(",", view.GetColumn<float[]>("CategoryVector").First()));
        Assert.IsTrue(view.Schema["TimeframeVector"].IsNormalized());
        CollectionAssert.AreEqual(new[] { 0, 9 }, Ranges(view.Schema["TimeframeVector"]));
    }

    // The published sample of MapKeyToBinaryVector.
    [TestMethod]
    public void KeysBecomeBits()
    {
        var view = TransformContract.Check(_context, _context.Transforms.Conversion.MapKeyToBinaryVector("Bits", "Timeframe"), Data());
        CollectionAssert.AreEqual(
            new[] { "0,1,0,0,1", "0,1,0,0,0", "0,0,0,1,0", "1,1,1,1,1" }, view.GetColumn<float[]>("Bits").Select(row => string.Join(",", row)).ToArray());
    }

    [TestMethod]
    public void TheKeysOfAVectorMakeOneVectorEachOrTheirCounts()
    {
        var keys = _context.Transforms.Conversion.MapValueToKey("Words");
        var view = TransformContract.Check(_context, keys
            .Append(_context.Transforms.Conversion.MapKeyToVector("Each", "Words"))
            .Append(_context.Transforms.Conversion.MapKeyToVector("Counts", "Words", outputCountVector: true))
            .Append(_context.Transforms.Conversion.MapKeyToBinaryVector("Bits", "Words")), Data());
        Assert.AreEqual(new VectorDataViewType(NumberDataViewType.Single, 2, 3), view.Schema["Each"].Type);
        CollectionAssert.AreEqual(new[] { 0, 2, 3, 5 }, Ranges(view.Schema["Each"]));
        Assert.AreEqual("[0].a,[0].b,[0].c,[1].a,[1].b,[1].c", SlotNames(view.Schema["Each"]));
        CollectionAssert.AreEqual(new[] { "1,0,0,0,1,0", "1,0,0,1,0,0", "0,0,1,0,1,0", "0,0,0,0,0,0" }, view.GetColumn<float[]>("Each").Select(row => string.Join(",", row)).ToArray());
        Assert.AreEqual("a,b,c", SlotNames(view.Schema["Counts"]));
        CollectionAssert.AreEqual(new[] { "1,1,0", "2,0,0", "0,1,1", "0,0,0" }, view.GetColumn<float[]>("Counts").Select(row => string.Join(",", row)).ToArray());
        Assert.IsFalse(view.Schema["Counts"].IsNormalized());
        Assert.AreEqual("[0].Bit2,[0].Bit1,[0].Bit0,[1].Bit2,[1].Bit1,[1].Bit0", SlotNames(view.Schema["Bits"]));
    }

    [TestMethod]
    public void VectorsOfVariableSizeWork()
    {
        var keys = _context.Transforms.Conversion.MapValueToKey("Free");
        var view = TransformContract.Check(_context, keys
            .Append(_context.Transforms.Conversion.MapKeyToVector("Each", "Free"))
            .Append(_context.Transforms.Conversion.MapKeyToVector("Counts", "Free", outputCountVector: true))
            .Append(_context.Transforms.Conversion.MapKeyToBinaryVector("Bits", "Free")), Data());
        CollectionAssert.AreEqual(new[] { "1,0,0,1", "", "0,1", "1,0,1,0,1,0" }, view.GetColumn<float[]>("Each").Select(row => string.Join(",", row)).ToArray());
        CollectionAssert.AreEqual(new[] { "1,1", "0,0", "0,1", "3,0" }, view.GetColumn<float[]>("Counts").Select(row => string.Join(",", row)).ToArray());
    }

    [TestMethod]
    public void WhatIsNoKeyIsRefused()
    {
        TransformContract.CheckRefuses<ArgumentOutOfRangeException>(_context.Transforms.Conversion.MapKeyToVector("Text"), Data(),
            "Schema mismatch for input column 'Text': expected key type of known cardinality, got String");
        TransformContract.CheckRefuses<ArgumentOutOfRangeException>(_context.Transforms.Conversion.MapKeyToBinaryVector("Text"), Data(), "expected key type of known cardinality, got String");
    }

    private static int[] Ranges(DataViewSchema.Column column)
    {
        VBuffer<int> ranges = default;
        column.Annotations.GetValue("CategoricalSlotRanges", ref ranges);
        return [.. ranges.DenseValues()];
    }

    private static string SlotNames(DataViewSchema.Column column)
    {
        VBuffer<ReadOnlyMemory<char>> names = default;
        column.GetSlotNames(ref names);
        return string.Join(",", names.DenseValues());
    }

    private IDataView Data() => _context.Data.LoadFromEnumerable(
    [
        new Row { Timeframe = 9, Category = 5, Words = ["a", "b"], Free = ["a", "b"] },
        new Row { Timeframe = 8, Category = 4, Words = ["a", "a"], Free = [] },
        new Row { Timeframe = 2, Category = 3, Words = ["c", "b"], Free = ["b"] },
        new Row { Timeframe = 77, Category = 3, Words = ["", ""], Free = ["a", "a", "a"] },
    ]);

    private sealed class Row
    {
        [KeyType(10)]
        public uint Timeframe { get; set; }

        [KeyType(6)]
        public uint Category { get; set; }

        [VectorType(2)]
        public string[] Words { get; set; } = [];

        [VectorType]
        public string[] Free { get; set; } = [];

        public string Text { get; set; } = "t";
    }
}
