using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;

namespace MLPipelines.Tests.Runtime.Transforms.Keys;

[TestClass]
public sealed class KeyMappingTests
{
    private readonly MLContext _context = new(1);

    [TestMethod]
    public void EveryKindOfValueGetsKeysAndComesBack()
    {
        foreach (string column in new[] { "Text", "Number", "Real", "Flag", "When", "Words", "Sparse", "Free", "Small" })
        {
            var view = TransformContract.Check(_context, _context.Transforms.Conversion.MapValueToKey("Key", column)
                .Append(_context.Transforms.Conversion.MapKeyToValue("Value", "Key")), Data());
            Assert.AreEqual(view.Schema[column].Type, view.Schema["Value"].Type, column);
            TransformContract.Check(_context, _context.Transforms.Conversion.MapValueToKey("Key", column, addKeyValueAnnotationsAsText: true), Data());
        }
    }

    [TestMethod]
    public void KeysComeInTheOrderAskedForAndMissingValuesGetNone()
    {
        var byOccurrence = TransformContract.Check(_context, _context.Transforms.Conversion.MapValueToKey("Key", "Real"), Data());
        CollectionAssert.AreEqual(new uint[] { 1, 0, 2, 1 }, byOccurrence.GetColumn<uint>("Key").ToArray());
        var byValue = TransformContract.Check(_context, _context.Transforms.Conversion.MapValueToKey("Key", "Real", keyOrdinality: ValueToKeyMappingEstimator.KeyOrdinality.ByValue), Data());
        CollectionAssert.AreEqual(new uint[] { 2, 0, 1, 2 }, byValue.GetColumn<uint>("Key").ToArray());
        var words = TransformContract.Check(_context, _context.Transforms.Conversion.MapValueToKey("Key", "Text", keyOrdinality: ValueToKeyMappingEstimator.KeyOrdinality.ByValue), Data());
        Assert.AreEqual("B,a,b", string.Join(",", Names(words.Schema["Key"])));
    }

    [TestMethod]
    public void TheDefaultOfASparseVectorComesWhereItIsFirstLeftOut()
    {
        var view = TransformContract.Check(_context, _context.Transforms.Conversion.MapValueToKey("Key", "Sparse", addKeyValueAnnotationsAsText: true), Data());
        Assert.AreEqual("5,0,6,7", string.Join(",", Names(view.Schema["Key"])));
    }

    [TestMethod]
    public void TextNamesAreThoseOfTextFiles()
    {
        Assert.AreEqual("0,1", string.Join(",", Names(TransformContract.Check(_context, _context.Transforms.Conversion.MapValueToKey("Key", "Flag", keyOrdinality: ValueToKeyMappingEstimator.KeyOrdinality.ByValue, addKeyValueAnnotationsAsText: true), Data()).Schema["Key"])));
        Assert.AreEqual("0.1,-3", string.Join(",", Names(TransformContract.Check(_context, _context.Transforms.Conversion.MapValueToKey("Key", "Real", addKeyValueAnnotationsAsText: true), Data()).Schema["Key"])));
    }

    [TestMethod]
    public void KeysOfKeysStandForWhatThoseStoodFor()
    {
        var view = TransformContract.Check(_context, _context.Transforms.Conversion.MapValueToKey("Inner", "Text")
            .Append(_context.Transforms.Conversion.MapValueToKey("Outer", "Inner", keyOrdinality: ValueToKeyMappingEstimator.KeyOrdinality.ByValue))
            .Append(_context.Transforms.Conversion.MapKeyToValue("Back", "Outer")), Data());
        CollectionAssert.AreEqual(new[] { "b", "a", "", "B" }, view.GetColumn<string>("Back").ToArray());
    }

    [TestMethod]
    public void KeyDataIsTakenAsItIs()
    {
        var keyData = _context.Data.LoadFromEnumerable([new Term { Value = "B" }, new Term { Value = "b" }, new Term { Value = "B" }]);
        var view = TransformContract.Check(_context, _context.Transforms.Conversion.MapValueToKey("Key", "Text", keyData: keyData), Data());
        CollectionAssert.AreEqual(new uint[] { 2, 0, 0, 1 }, view.GetColumn<uint>("Key").ToArray());
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => _context.Transforms.Conversion.MapValueToKey("Key", "Number", keyData: keyData).Fit(Data()));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => _context.Transforms.Conversion.MapValueToKey("Key", "Text", keyData: Data()));
    }

    [TestMethod]
    public void WrongColumnsAreRefused()
    {
        TransformContract.CheckRefuses<ArgumentOutOfRangeException>(_context.Transforms.Conversion.MapValueToKey("Key", "Other"), Data(), "Could not find input column 'Other'");
        TransformContract.CheckRefuses<ArgumentOutOfRangeException>(_context.Transforms.Conversion.MapKeyToValue("Text"), Data(), "Schema mismatch for input column 'Text': expected key type, got String");
    }

    private static string[] Names(DataViewSchema.Column column)
    {
        VBuffer<ReadOnlyMemory<char>> names = default;
        column.GetKeyValues(ref names);
        return [.. names.DenseValues().Select(name => name.ToString())];
    }

    private IDataView Data() => _context.Data.LoadFromEnumerable(
    [
        new Row { Text = "b", Number = 4, Real = 0.1f, Flag = true, When = new DateTime(2020, 1, 1), Words = ["x", ""], Sparse = new VBuffer<float>(4, 2, [5f, 6f], [0, 2]), Free = [3, 1], Small = 7 },
        new Row { Text = "a", Number = 3, Real = float.NaN, Flag = false, Words = ["", "y"], Sparse = new VBuffer<float>(4, 0, [], []), Free = [] },
        new Row { Text = "", Number = 4, Real = -3, Flag = true, Words = ["x", "x"], Sparse = new VBuffer<float>(4, [7f, 5f, 6f, 0f]), Free = [1], Small = 9 },
        new Row { Text = "B", Number = 0, Real = 0.1f, Flag = true, Words = ["z", "x"], Sparse = new VBuffer<float>(4, 1, [7f], [3]), Free = [0, 0, 0] },
    ]);

    private sealed class Term
    {
        public string Value { get; set; } = "";
    }

    private sealed class Row
    {
        public string Text { get; set; } = "";

        public int Number { get; set; }

        public float Real { get; set; }

        public bool Flag { get; set; }

        public DateTime When { get; set; }

        [VectorType(2)]
        public string[] Words { get; set; } = [];

        [VectorType(4)]
        public VBuffer<float> Sparse { get; set; }

        [VectorType]
        public long[] Free { get; set; } = [];

        public int Small { get; set; }
    }
}
