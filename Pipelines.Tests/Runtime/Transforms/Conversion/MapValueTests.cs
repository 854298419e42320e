using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLPipelines.Tests.Runtime.Transforms.Conversion;

[TestClass]
public sealed class MapValueTests
{
    private readonly MLContext _context = new(1);

    [TestMethod]
    public void TextMapsToText()
    {
        var map = new Dictionary<string, string> { ["0-5yrs"] = "Undergraduate", ["6-11yrs"] = "Postgraduate" };
        var view = TransformContract.Check(_context, _context.Transforms.Conversion.MapValue("Level", map, "Education"), Data());
        CollectionAssert.AreEqual(new[] { "Undergraduate", "Postgraduate", "" }, view.GetColumn<string>("Level").ToArray());
    }

    [TestMethod]
    public void NumbersMapToNumbersAndUnknownOnesToTheDefault()
    {
        var toInt = TransformContract.Check(_context, _context.Transforms.Conversion.MapValue("Out", new Dictionary<long, int> { [1] = 7, [2] = 8 }, "Number"), Data());
        CollectionAssert.AreEqual(new[] { 7, 8, 0 }, toInt.GetColumn<int>("Out").ToArray());
        var toBool = TransformContract.Check(_context, _context.Transforms.Conversion.MapValue("Out", new Dictionary<long, bool> { [2] = true }, "Number"), Data());
        CollectionAssert.AreEqual(new[] { false, true, false }, toBool.GetColumn<bool>("Out").ToArray());
        var toFloat = TransformContract.Check(_context, _context.Transforms.Conversion.MapValue("Out", new Dictionary<long, float> { [2] = 1.5f }, "Number"), Data());
        CollectionAssert.AreEqual(new[] { 0, 1.5f, 0 }, toFloat.GetColumn<float>("Out").ToArray());
    }

    [TestMethod]
    public void EachItemOfAVectorIsMapped()
    {
        var map = new Dictionary<string, float> { ["a"] = 1, ["b"] = 2 };
        var view = TransformContract.Check(_context, _context.Transforms.Conversion.MapValue("Out", map, "Words"), Data());
        Assert.AreEqual(new VectorDataViewType(NumberDataViewType.Single, 2), view.Schema["Out"].Type);
        CollectionAssert.AreEqual(new float[] { 1, 2 }, view.GetColumn<float[]>("Out").First());
        CollectionAssert.AreEqual(new float[] { 2, 0 }, view.GetColumn<float[]>("Out").Last());
    }

    [TestMethod]
    public void ValuesCanBeVectors()
    {
        var map = new Dictionary<string, int[]> { ["0-5yrs"] = [1, 2, 3], ["6-11yrs"] = [4, 5, 6] };
        var view = _context.Transforms.Conversion.MapValue("Out", map, "Education").Fit(Data()).Transform(Data());
        Assert.AreEqual(new VectorDataViewType(NumberDataViewType.Int32, 3), view.Schema["Out"].Type);
        var rows = view.GetColumn<int[]>("Out").ToArray();
        CollectionAssert.AreEqual(new[] { 4, 5, 6 }, rows[1]);
        Assert.IsEmpty(rows[2]);
        var ragged = new Dictionary<string, string[]> { ["0-5yrs"] = ["x"], ["6-11yrs"] = ["y", "z"], ["25+yrs"] = [] };
        var texts = TransformContract.Check(_context, _context.Transforms.Conversion.MapValue("Out", ragged, "Education"), Data());
        CollectionAssert.AreEqual(new[] { "x", "y z", "" }, texts.GetColumn<string[]>("Out").Select(row => string.Join(" ", row)).ToArray());
    }

    [TestMethod]
    public void ValuesCanBeKeys()
    {
        var map = new[] { KeyValuePair.Create("0-5yrs", "Cat1"), KeyValuePair.Create("6-11yrs", "Cat2"), KeyValuePair.Create("x", "Cat1") };
        var view = TransformContract.Check(_context, _context.Transforms.Conversion.MapValue("Key", map, "Education", treatValuesAsKeyType: true)
            .Append(_context.Transforms.Conversion.MapKeyToValue("Back", "Key")), Data());
        Assert.AreEqual(new KeyDataViewType(typeof(uint), 2), view.Schema["Key"].Type);
        CollectionAssert.AreEqual(new uint[] { 1, 2, 0 }, view.GetColumn<uint>("Key").ToArray());
        CollectionAssert.AreEqual(new[] { "Cat1", "Cat2", "" }, view.GetColumn<string>("Back").ToArray());

        var numbered = new Dictionary<string, ulong> { ["0-5yrs"] = 2, ["6-11yrs"] = 1 };
        var numbers = TransformContract.Check(_context, _context.Transforms.Conversion.MapValue("Key", numbered, "Education", treatValuesAsKeyType: true), Data());
        Assert.AreEqual(new KeyDataViewType(typeof(ulong), 2), numbers.Schema["Key"].Type);
        CollectionAssert.AreEqual(new ulong[] { 2, 1, 0 }, numbers.GetColumn<ulong>("Key").ToArray());
    }

    [TestMethod]
    public void ATableOfDataIsAMapToo()
    {
        var lookup = _context.Data.LoadFromEnumerable([new Pair { Key = 1, Value = "one", Vector = [1, 0] }, new Pair { Key = 2, Value = "two", Vector = [0, 2] }]);
        var view = TransformContract.Check(_context, _context.Transforms.Conversion.MapValue("Out", lookup, lookup.Schema["Key"], lookup.Schema["Value"], "Number"), Data());
        CollectionAssert.AreEqual(new[] { "one", "two", "" }, view.GetColumn<string>("Out").ToArray());
        var vectors = _context.Transforms.Conversion.MapValue("Out", lookup, lookup.Schema["Key"], lookup.Schema["Vector"], "Number").Fit(Data()).Transform(Data());
        CollectionAssert.AreEqual(new float[] { 0, 2 }, vectors.GetColumn<float[]>("Out").ElementAt(1));
        var keyed = _context.Transforms.Conversion.MapValueToKey("Value").Fit(lookup).Transform(lookup);
        var keys = TransformContract.Check(_context, _context.Transforms.Conversion.MapValue("Out", keyed, keyed.Schema["Key"], keyed.Schema["Value"], "Number")
            .Append(_context.Transforms.Conversion.MapKeyToValue("Out")), Data());
        CollectionAssert.AreEqual(new[] { "one", "two", "" }, keys.GetColumn<string>("Out").ToArray());
    }

    [TestMethod]
    public void KeysMustBeDistinctAndKnownTypes()
    {
        var twice = new[] { KeyValuePair.Create("a", 1), KeyValuePair.Create("a", 2) };
        Assert.Contains("Duplicate keys in data 'a'", Assert.ThrowsExactly<InvalidOperationException>(() => _context.Transforms.Conversion.MapValue("Out", twice, "Education")).Message);
        Assert.Contains("Unsupported type", Assert.ThrowsExactly<InvalidOperationException>(() => _context.Transforms.Conversion.MapValue("Out", new Dictionary<Guid, int>(), "Education")).Message);
    }

    [TestMethod]
    public void VectorsDoNotMapToVectors() =>
        TransformContract.CheckRefuses<NotSupportedException>(_context.Transforms.Conversion.MapValue("Out", new Dictionary<string, int[]> { ["a"] = [1] }, "Words"), Data(), "Words", "both vector type");

    private IDataView Data() => _context.Data.LoadFromEnumerable(
    [
        new Row { Education = "0-5yrs", Number = 1, Words = ["a", "b"] },
        new Row { Education = "6-11yrs", Number = 2, Words = ["b", "a"] },
        new Row { Education = "25+yrs", Number = 3, Words = ["b", "c"] },
    ]);

    private sealed class Pair
    {
        public long Key { get; set; }

        public string Value { get; set; } = "";

        [VectorType(2)]
        public float[] Vector { get; set; } = [];
    }

    private sealed class Row
    {
        public string Education { get; set; } = "";

        public long Number { get; set; }

        [VectorType(2)]
        public string[] Words { get; set; } = [];
    }
}
