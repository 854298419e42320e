using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Internal;
using Microsoft.ML.Transforms;

namespace MLPipelines.Tests.Runtime.Transforms.Conversion;

[TestClass]
public sealed class HashTests
{
    private readonly MLContext _context = new(1);

    [TestMethod]
    public void EveryColumnAndSlotIsHashedByItself()
    {
        var view = TransformContract.Check(_context, _context.Transforms.Conversion.Hash(
            new HashingEstimator.ColumnOptions("A", "Category", 16),
            new HashingEstimator.ColumnOptions("B", "Age", 8, seed: 5),
            new HashingEstimator.ColumnOptions("C", "Words"),
            new HashingEstimator.ColumnOptions("D", "Free", 10),
            new HashingEstimator.ColumnOptions("E", "Numbers", 20)), Data());
        Assert.AreEqual(new KeyDataViewType(typeof(uint), 1 << 16), view.Schema["A"].Type);
        Assert.AreEqual(new VectorDataViewType(new KeyDataViewType(typeof(uint), int.MaxValue), 2), view.Schema["C"].Type);
        Assert.AreEqual(ValueHashing.Hash(ValueHashing.DefaultSeed, 16, "MLB".AsMemory(), false), view.GetColumn<uint>("A").First());
        Assert.AreEqual(ValueHashing.Hash(5, 8, 18u, false), view.GetColumn<uint>("B").First());
        CollectionAssert.AreEqual(
            new[] { ValueHashing.Hash(ValueHashing.DefaultSeed, 31, "x".AsMemory(), false), ValueHashing.Hash(ValueHashing.DefaultSeed, 31, "y".AsMemory(), false) },
            view.GetColumn<uint[]>("C").First());
        CollectionAssert.AreEqual(new uint[] { 0, 0 }, view.GetColumn<uint[]>("C").Last(), "empty text is missing");
    }

    [TestMethod]
    public void OrderedHashingDependsOnTheSlot()
    {
        var view = TransformContract.Check(_context, _context.Transforms.Conversion.Hash(
            new HashingEstimator.ColumnOptions("C", "Words", 20, useOrderedHashing: true),
            new HashingEstimator.ColumnOptions("A", "Category", 20, useOrderedHashing: true),
            new HashingEstimator.ColumnOptions("S", "Sparse", 20, useOrderedHashing: true)), Data());
        uint seed = ValueHashing.DefaultSeed;
        CollectionAssert.AreEqual(
            new[] { ValueHashing.Hash(ValueHashing.SeedOfSlot(seed, 0), 20, "x".AsMemory(), false), ValueHashing.Hash(ValueHashing.SeedOfSlot(seed, 1), 20, "y".AsMemory(), false) },
            view.GetColumn<uint[]>("C").First());
        Assert.AreEqual(ValueHashing.Hash(ValueHashing.SeedOfSlot(seed, 0), 20, "MLB".AsMemory(), false), view.GetColumn<uint>("A").First());
        Assert.AreEqual(ValueHashing.Hash(ValueHashing.SeedOfSlot(seed, 3), 20, 2f, false), view.GetColumn<uint[]>("S").First()[3]);
        Assert.AreEqual(ValueHashing.Hash(ValueHashing.SeedOfSlot(seed, 4), 20, 0f, false), view.GetColumn<uint[]>("S").First()[4], "zeros are values too");
    }

    [TestMethod]
    public void CombiningGivesOneKeyForAVector()
    {
        var view = TransformContract.Check(_context, _context.Transforms.Conversion.Hash(
            new HashingEstimator.ColumnOptions("C", "Words", 20, combine: true)), Data());
        Assert.AreEqual(new KeyDataViewType(typeof(uint), 1 << 20), view.Schema["C"].Type);
        var keys = view.GetColumn<uint>("C").ToArray();
        Assert.AreNotEqual(keys[0], keys[1]);
        Assert.AreEqual(0u, keys[3]);
    }

    [TestMethod]
    public void KeysAreNamedByTheValuesHashedToThem()
    {
        var view = TransformContract.Check(_context, _context.Transforms.Conversion.Hash("Hashed", "Category", numberOfBits: 16, maximumNumberOfInverts: -1), Data());
        VBuffer<ReadOnlyMemory<char>> names = default;
        view.Schema["Hashed"].GetKeyValues(ref names);
        Assert.IsFalse(names.IsDense);
        var keys = view.GetColumn<uint>("Hashed").ToArray();
        foreach (var (category, key) in new[] { "MLB", "NFL", "MLS" }.Zip(keys))
            Assert.AreEqual(category, names.GetItemOrDefault((int)key - 1).ToString());
        CollectionAssert.AreEquivalent(new[] { "MLB", "NFL", "MLS" }, names.Items().Select(item => item.Value.ToString()).ToArray());
    }

    [TestMethod]
    public void CollidingValuesAreListedUpToTheLimitWithTheirSlots()
    {
        var view = TransformContract.Check(_context, _context.Transforms.Conversion.Hash(
            new HashingEstimator.ColumnOptions("All", "Words", 1, maximumNumberOfInverts: -1),
            new HashingEstimator.ColumnOptions("One", "Words", 1, maximumNumberOfInverts: 1),
            new HashingEstimator.ColumnOptions("Ordered", "Words", 1, useOrderedHashing: true, maximumNumberOfInverts: -1),
            new HashingEstimator.ColumnOptions("Sparse", "Sparse", 1, useOrderedHashing: true, maximumNumberOfInverts: -1),
            new HashingEstimator.ColumnOptions("Combined", "Words", 1, maximumNumberOfInverts: -1, combine: true)), Data());
        var all = Names(view.Schema["All"]);
        CollectionAssert.AreEquivalent(new[] { "x", "y", "z" }, all.SelectMany(name => name.Trim('{', '}').Split(',')).Where(name => name.Length > 0).ToArray());
        foreach (string name in Names(view.Schema["One"]))
            Assert.IsLessThanOrEqualTo(1, name.Length);
        CollectionAssert.AreEquivalent(new[] { "0:x", "0:y", "0:z", "1:x", "1:y" }, Names(view.Schema["Ordered"]).SelectMany(name => name.Trim('{', '}').Split(',')).ToArray());
    }

    [TestMethod]
    public void EncodedCategoriesHashInTheirFirstSlot()
    {
        // The published sample of OneHotHashEncoding shows 4, 5 and 8 for these, by the first version of the hash.
        uint Key(string text) => ValueHashing.Hash(ValueHashing.SeedOfSlot(ValueHashing.DefaultSeed, 0), 3, text.AsMemory(), false);
        var view = TransformContract.Check(_context, _context.Transforms.Categorical.OneHotHashEncoding("Out", "Category", numberOfBits: 3), Data());
        var row = view.GetColumn<float[]>("Out").First();
        Assert.HasCount(8, row);
        Assert.AreEqual(1f, row[Key("MLB") - 1]);
        Assert.AreEqual(1f, row.Sum());
        var keys = TransformContract.Check(_context, _context.Transforms.Categorical.OneHotHashEncoding("Out", "Category", OneHotEncodingEstimator.OutputKind.Key, 3), Data());
        Assert.AreEqual(Key("MLB"), keys.GetColumn<uint>("Out").First());
        TransformContract.Check(_context, _context.Transforms.Categorical.OneHotHashEncoding(
            [new InputOutputColumnPair("Bits", "Category"), new InputOutputColumnPair("BitVector", "Words")], OneHotEncodingEstimator.OutputKind.Binary, 4, maximumNumberOfInverts: -1), Data());
        TransformContract.Check(_context, _context.Transforms.Categorical.OneHotHashEncoding("Bag", "Free", OneHotEncodingEstimator.OutputKind.Bag, 4), Data());
    }

    [TestMethod]
    public void OptionsOutOfRangeAreRefused()
    {
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => _context.Transforms.Conversion.Hash("A", numberOfBits: 0));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => _context.Transforms.Conversion.Hash("A", numberOfBits: 32));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => _context.Transforms.Conversion.Hash("A", maximumNumberOfInverts: -1));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => _context.Transforms.Conversion.Hash("A", numberOfBits: 8, maximumNumberOfInverts: -2));
    }

    [TestMethod]
    public void WhatCannotBeHashedIsRefused() =>
        TransformContract.CheckRefuses<ArgumentOutOfRangeException>(_context.Transforms.Conversion.Hash("When"), Data(), "Expected Text, Key, numeric, Boolean");

    private static string[] Names(DataViewSchema.Column column)
    {
        VBuffer<ReadOnlyMemory<char>> names = default;
        column.GetKeyValues(ref names);
        return [.. names.DenseValues().Select(name => name.ToString())];
    }

    private IDataView Data() => _context.Data.LoadFromEnumerable(
    [
        new Row { Category = "MLB", Age = 18, Words = ["x", "y"], Free = ["a"], Numbers = [1, double.NaN], Sparse = new VBuffer<float>(6, 1, [2f], [3]) },
        new Row { Category = "NFL", Age = 14, Words = ["y", "x"], Free = [], Numbers = [0, -0.0], Sparse = new VBuffer<float>(6, 2, [2f, 5f], [0, 3]) },
        new Row { Category = "MLS", Age = 15, Words = ["z", "x"], Free = ["b", "b", "c"], Numbers = [2, 3], Sparse = new VBuffer<float>(6, 0, [], []) },
        new Row { Category = "", Age = 0, Words = ["", ""], Free = ["d"], Numbers = [7, 7], Sparse = new VBuffer<float>(6, 0, [], []) },
    ]);

    private sealed class Row
    {
        public string Category { get; set; } = "";

        public uint Age { get; set; }

        [VectorType(2)]
        public string[] Words { get; set; } = [];

        [VectorType]
        public string[] Free { get; set; } = [];

        [VectorType(2)]
        public double[] Numbers { get; set; } = [];

        [VectorType(6)]
        public VBuffer<float> Sparse { get; set; }

        public DateTime When { get; set; }
    }
}
