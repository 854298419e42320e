using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLPipelines.Tests.Runtime.Operations;

[TestClass]
public sealed class FilterTests
{
    private readonly MLContext _context = new(1);

    [TestMethod]
    public void RangeHoldsItsLowerAndNotItsUpperBound()
    {
        var data = View(0, 1, 2, 3, float.NaN, float.PositiveInfinity);
        CollectionAssert.AreEqual(new[] { 1, 2 }, Rows(_context.Data.FilterRowsByColumn(data, "Single", 1, 3)));
        CollectionAssert.AreEqual(new[] { 1, 2 }, Rows(_context.Data.FilterRowsByColumn(data, "Double", 1, 3)));
        CollectionAssert.AreEqual(new[] { 0, 1, 2, 3 }, Rows(_context.Data.FilterRowsByColumn(data, "Single")));
        Assert.AreEqual(data.CanShuffle, _context.Data.FilterRowsByColumn(data, "Single").CanShuffle);
        Assert.IsNull(_context.Data.FilterRowsByColumn(data, "Single").GetRowCount());
    }

    [TestMethod]
    public void RangeOverOtherColumnsIsRefused()
    {
        var data = View(0);
        var e = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => _context.Data.FilterRowsByColumn(data, "Text", 0));
        Assert.Contains("Schema mismatch for filter column 'Text': expected number, got String", e.Message);
        e = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => _context.Data.FilterRowsByColumn(data, "Row", 0));
        Assert.Contains("Column 'Row' does not have compatible type", e.Message);
        e = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => _context.Data.FilterRowsByColumn(data, "Single", 2, 1));
        Assert.Contains("The upper bound 1 must be greater than the lower bound 2", e.Message);
        e = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => _context.Data.FilterRowsByKeyColumnFraction(data, "Single"));
        Assert.Contains("expected KeyType, got Single", e.Message);
    }

    [TestMethod]
    public void KeyFractionTakesTheKeysBelow()
    {
        var data = View(0, 1, 2, 3, 9);
        CollectionAssert.AreEqual(new[] { 0, 1 }, Rows(_context.Data.FilterRowsByKeyColumnFraction(data, "Key", 0, 0.5)));
        CollectionAssert.AreEqual(new[] { 2, 3 }, Rows(_context.Data.FilterRowsByKeyColumnFraction(data, "Key", 0.5, 1)));
        CollectionAssert.AreEqual(new[] { 0, 1, 2, 3 }, Rows(_context.Data.FilterRowsByKeyColumnFraction(data, "Key")), "a missing key is in no range");
    }

    [TestMethod]
    public void MissingValuesAreNaNAndMissingKeysInScalarsAndVectors()
    {
        var data = View(0, float.NaN, 9, 3);
        CollectionAssert.AreEqual(new[] { 0, 2, 3 }, Rows(_context.Data.FilterRowsByMissingValues(data, "Single")));
        CollectionAssert.AreEqual(new[] { 0, 2, 3 }, Rows(_context.Data.FilterRowsByMissingValues(data, "Vector")));
        CollectionAssert.AreEqual(new[] { 0, 3 }, Rows(_context.Data.FilterRowsByMissingValues(data, "Single", "Key")));
        CollectionAssert.AreEqual(new[] { 0, 1, 2, 3 }, Rows(_context.Data.FilterRowsByMissingValues(data, "Text", "Row")), "empty text is text");
        var e = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => _context.Data.FilterRowsByMissingValues(data, "Absent"));
        Assert.Contains("Source column 'Absent' not found", e.Message);
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => _context.Data.FilterRowsByMissingValues(data));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => _context.Data.FilterRowsByMissingValues(data, "Text", "Text"));
    }

    [TestMethod]
    public void CustomPredicateLeavesOutRowsForWhichItIsTrue()
    {
        var data = View(0, 1, 2, 3, 4);
        CollectionAssert.AreEqual(new[] { 0, 2, 4 }, Rows(_context.Data.FilterByCustomPredicate<Source>(data, row => row.Row % 2 == 1)));
        var e = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => _context.Data.FilterByCustomPredicate<Other>(data, row => row.Absent > 0));
        Assert.Contains("Could not find  column 'Absent'", e.Message);
    }

    [TestMethod]
    public void StatefulPredicateStartsAnewInEachPass()
    {
        var names = new[] { "Joey", "Chandler", "Ross", "Monica", "Rachel", "Phoebe" };
        var data = _context.Data.LoadFromEnumerable(names.Select((name, i) => new Named { Name = name, FilterNext = i is 3 or 4 }));
        var filtered = _context.Data.FilterByStatefulCustomPredicate<Named, State>(
            data,
            (input, state) =>
            {
                bool filter = state.Filter;
                state.Filter = input.FilterNext;
                return filter && input.Name.StartsWith("r", StringComparison.OrdinalIgnoreCase);
            },
            state => state.Filter = false);
        Assert.IsFalse(filtered.CanShuffle);
        for (int pass = 0; pass < 2; pass++)
            CollectionAssert.AreEqual(new[] { "Joey", "Chandler", "Ross", "Monica", "Phoebe" }, filtered.GetColumn<string>("Name").ToArray());
    }

    private IDataView View(params float[] values) => _context.Data.LoadFromEnumerable(values.Select((value, i) => new Source
    {
        Row = i,
        Single = value,
        Double = value,
        Key = float.IsNaN(value) ? 0 : (uint)value,
        Vector = [1, value],
    }).ToList());

    private static int[] Rows(IDataView data) => [.. data.GetColumn<int>("Row")];

    private sealed class Source
    {
        public int Row { get; set; }
        public float Single { get; set; }
        public double Double { get; set; }
        public string Text { get; set; } = "";
        [KeyType(4)]
        public uint Key { get; set; }
        public float[] Vector { get; set; } = [];
    }

    private sealed class Other
    {
        public float Absent { get; set; }
    }

    private sealed class Named
    {
        public string Name { get; set; } = "";
        public bool FilterNext { get; set; }
    }

    private sealed class State
    {
        public bool Filter { get; set; }
    }
}
