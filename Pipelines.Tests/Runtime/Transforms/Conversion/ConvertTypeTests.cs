using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLPipelines.Tests.Runtime.Transforms.Conversion;

[TestClass]
public sealed class ConvertTypeTests
{
    private readonly MLContext _context = new(1);

    [TestMethod]
    [DataRow(DataKind.Single)]
    [DataRow(DataKind.Double)]
    [DataRow(DataKind.String)]
    [DataRow(DataKind.Int64)]
    [DataRow(DataKind.Boolean)]
    public void ScalarsAndVectorsConvert(DataKind kind)
    {
        var view = TransformContract.Check(_context, _context.Transforms.Conversion.ConvertType(
            [new InputOutputColumnPair("Out", "Number"), new InputOutputColumnPair("OutVector", "Numbers")], kind), Data());
        Assert.AreEqual(kind.ToPrimitiveType(), view.Schema["Out"].Type);
        Assert.AreEqual(new VectorDataViewType(kind.ToPrimitiveType(), 2), view.Schema["OutVector"].Type);
    }

    [TestMethod]
    public void TheDefaultIsSinglePrecision()
    {
        var view = TransformContract.Check(_context, _context.Transforms.Conversion.ConvertType("Text"), Data());
        CollectionAssert.AreEqual(new[] { 1.5f, 0, float.NaN }, view.GetColumn<float>("Text").ToArray());
    }

    [TestMethod]
    public void BooleansBecomeNormalizedNumbers()
    {
        var view = TransformContract.Check(_context, _context.Transforms.Conversion.ConvertType("Flag"), Data());
        Assert.IsTrue(view.Schema["Flag"].IsNormalized());
        CollectionAssert.AreEqual(new[] { 1f, 0f, 1f }, view.GetColumn<float>("Flag").ToArray());
    }

    [TestMethod]
    public void KeysConvertToKeysAndKeepWhatTheyStandFor()
    {
        var keyed = _context.Transforms.Conversion.MapValueToKey("Key", "Text");
        var view = TransformContract.Check(_context, keyed.Append(_context.Transforms.Conversion.ConvertType("Key", outputKind: DataKind.Byte)), Data());
        Assert.AreEqual(new KeyDataViewType(typeof(byte), 2), view.Schema["Key"].Type);
        VBuffer<ReadOnlyMemory<char>> values = default;
        view.Schema["Key"].GetKeyValues(ref values);
        CollectionAssert.AreEqual(new[] { "1.5", "x" }, values.DenseValues().Select(value => value.ToString()).ToArray());
    }

    [TestMethod]
    public void WhatCannotConvertIsRefused()
    {
        TransformContract.CheckRefuses<ArgumentOutOfRangeException>(_context.Transforms.Conversion.ConvertType("Number", outputKind: DataKind.UInt32), Data(), "Number", "Int32", "UInt32");
        var keys = _context.Transforms.Conversion.MapValueToKey("Text").Fit(Data()).Transform(Data());
        TransformContract.CheckRefuses<ArgumentOutOfRangeException>(_context.Transforms.Conversion.ConvertType("Text"), keys, "Text");
    }

    [TestMethod]
    public void AMissingColumnIsNamed() =>
        TransformContract.CheckRefuses<ArgumentOutOfRangeException>(_context.Transforms.Conversion.ConvertType("Other"), Data(), "Could not find input column 'Other'");

    private IDataView Data() => _context.Data.LoadFromEnumerable(
    [
        new Row { Number = 3, Numbers = [1, -2], Text = "1.5", Flag = true },
        new Row { Number = 0, Numbers = [0, 0], Text = "", Flag = false },
        new Row { Number = -7, Numbers = [int.MaxValue, 5], Text = "x", Flag = true },
    ]);

    private sealed class Row
    {
        public int Number { get; set; }

        [VectorType(2)]
        public int[] Numbers { get; set; } = [];

        public string Text { get; set; } = "";

        public bool Flag { get; set; }
    }
}
