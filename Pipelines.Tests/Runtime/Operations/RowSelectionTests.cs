using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLPipelines.Tests.Runtime.Operations;

/// <summary>The samples of ML.NET's documentation with the rows that they print, and the properties behind them.</summary>
[TestClass]
public sealed class RowSelectionTests
{
    private readonly MLContext _context = new();

    [TestMethod]
    public void ShuffleGivesThePublishedOrder()
    {
        var shuffled = _context.Data.ShuffleRows(_context.Data.LoadFromEnumerable(Stream(5)), seed: 123);
        CollectionAssert.AreEqual(new[] { 2, 0, 3, 1, 4 }, Numbers(shuffled));
        CollectionAssert.AreEqual(new[] { 2, 0, 3, 1, 4 }, Numbers(shuffled), "every pass gives the same order");
    }

    [TestMethod]
    public void BootstrapGivesThePublishedRows()
    {
        var data = _context.Data.LoadFromEnumerable(Stream(5));
        CollectionAssert.AreEqual(new[] { 0, 1, 1, 1, 2, 2, 3, 3 }, Numbers(_context.Data.BootstrapSample(data, seed: 0)));
        CollectionAssert.AreEqual(new[] { 0, 0, 1, 1, 2, 2, 2, 4 }, Numbers(_context.Data.BootstrapSample(data, seed: 1)));
        CollectionAssert.AreEqual(new[] { 1, 2, 3, 3, 3 }, Numbers(_context.Data.BootstrapSample(data, seed: 2)));
        CollectionAssert.AreEqual(new[] { 0, 4 }, Numbers(_context.Data.BootstrapSample(data, seed: 2, complement: true)));
    }

    [TestMethod]
    public void TrainTestSplitGivesThePublishedRows()
    {
        var split = _context.Data.TrainTestSplit(_context.Data.LoadFromEnumerable(Stream(10)), testFraction: 0.2);
        CollectionAssert.AreEqual(new[] { 0, 1, 2, 3, 4, 7, 8, 9 }, Numbers(split.TrainSet));
        CollectionAssert.AreEqual(new[] { 5, 6 }, Numbers(split.TestSet));
    }

    [TestMethod]
    public void CrossValidationSplitGivesThePublishedRows()
    {
        var folds = _context.Data.CrossValidationSplit(_context.Data.LoadFromEnumerable(Stream(10)), numberOfFolds: 3);
        int[][] tests = [[5, 6], [0, 1, 8, 9], [2, 3, 4, 7]];
        for (int i = 0; i < 3; i++)
        {
            CollectionAssert.AreEqual(tests[i], Numbers(folds[i].TestSet));
            CollectionAssert.AreEqual(Enumerable.Range(0, 10).Except(tests[i]).ToArray(), Numbers(folds[i].TrainSet));
        }
    }

    [TestMethod]
    public void TheSeedOfTheContextDecidesSplitsWithoutOne()
    {
        var rows = Stream(200).ToArray();
        int[] Test(int? contextSeed, int? seed)
        {
            var context = new MLContext(contextSeed);
            return Numbers(context.Data.TrainTestSplit(context.Data.LoadFromEnumerable(rows), 0.3, seed: seed).TestSet);
        }
        CollectionAssert.AreEqual(Test(null, 5), Test(5, null));
        CollectionAssert.AreEqual(Test(null, 42), Test(null, null));
        CollectionAssert.AreNotEqual(Test(null, 5), Test(null, 6));
    }

    [TestMethod]
    [DataRow("Text")]
    [DataRow("Number")]
    [DataRow("Time")]
    [DataRow("Vector")]
    [DataRow("Key")]
    public void RowsWithOneSamplingKeyStayTogether(string column)
    {
        var rows = Enumerable.Range(0, 300).Select(i => new Grouped
        {
            Number = i % 37,
            Text = $"group {i % 37}",
            Time = new DateTime(2020, 1, 1).AddDays(i % 37),
            Vector = [i % 37, 1],
            Key = (uint)(i % 37),
            Row = i,
        }).ToList();
        var data = _context.Data.LoadFromEnumerable(rows);
        var split = _context.Data.TrainTestSplit(data, 0.3, column, seed: 1);
        var train = split.TrainSet.GetColumn<int>("Row").ToArray();
        var test = split.TestSet.GetColumn<int>("Row").ToArray();
        CollectionAssert.AreEquivalent(Enumerable.Range(0, 300).ToArray(), train.Concat(test).ToArray());
        Assert.IsEmpty(train.Select(i => i % 37).Intersect(test.Select(i => i % 37)), "no group on both sides");
        Assert.IsInRange(30, 160, test.Length);
        Assert.AreEqual(data.Schema.Count, split.TestSet.Schema.Count, "the split column is gone");

        var folds = _context.Data.CrossValidationSplit(data, 4, column, seed: 1);
        CollectionAssert.AreEquivalent(Enumerable.Range(0, 300).ToArray(), folds.SelectMany(fold => fold.TestSet.GetColumn<int>("Row")).ToArray());
        foreach (var fold in folds)
            Assert.IsEmpty(fold.TrainSet.GetColumn<int>("Row").Select(i => i % 37).Intersect(fold.TestSet.GetColumn<int>("Row").Select(i => i % 37)));
    }

    [TestMethod]
    public void RowsThatSplitApartFollowTheirSeedOnlyByOrderOfTheRows()
    {
        var data = _context.Data.LoadFromEnumerable(Stream(1000).ToList());
        var split = _context.Data.TrainTestSplit(data, 0.25);
        var test = Numbers(split.TestSet);
        CollectionAssert.AreEqual(test, Numbers(split.TestSet));
        Assert.IsInRange(200, 300, test.Length);
        Assert.IsEmpty(test.Intersect(Numbers(split.TrainSet)));
        Assert.IsFalse(split.TrainSet.CanShuffle);
    }

    [TestMethod]
    public void SkipAndTakeCountRows()
    {
        var data = _context.Data.LoadFromEnumerable(Stream(10).ToList());
        CollectionAssert.AreEqual(new[] { 5, 6, 7, 8, 9 }, Numbers(_context.Data.SkipRows(data, 5)));
        CollectionAssert.AreEqual(new[] { 0, 1, 2, 3, 4 }, Numbers(_context.Data.TakeRows(data, 5)));
        Assert.AreEqual(5, _context.Data.TakeRows(data, 5).GetRowCount());
        Assert.AreEqual(0, _context.Data.SkipRows(data, 11).GetRowCount());
        Assert.IsEmpty(Numbers(_context.Data.SkipRows(data, 11)));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => _context.Data.TakeRows(data, 0));
    }

    [TestMethod]
    [DataRow(1)]
    [DataRow(7)]
    [DataRow(100)]
    [DataRow(5000)]
    public void ShufflingKeepsEveryRowOnceWithItsOwnValues(int pool)
    {
        var rows = Enumerable.Range(0, 1000).Select(i => new Grouped { Row = i, Text = i.ToString(), Vector = i % 3 == 0 ? [] : [i, i] }).ToList();
        var data = _context.Data.Cache(_context.Data.LoadFromEnumerable(rows));
        foreach (bool shuffleSource in new[] { true, false })
        {
            var shuffled = _context.Data.CreateEnumerable<Grouped>(_context.Data.ShuffleRows(data, 3, pool, shuffleSource), reuseRowObject: false).ToArray();
            CollectionAssert.AreEquivalent(Enumerable.Range(0, 1000).ToArray(), shuffled.Select(row => row.Row).ToArray());
            foreach (var row in shuffled)
            {
                Assert.AreEqual(row.Row.ToString(), row.Text);
                Assert.AreEqual(row.Row % 3 == 0 ? 0 : 2 * row.Row, (int)row.Vector.Sum());
            }
            if (pool > 1 || shuffleSource)
                Assert.IsFalse(shuffled.Select(row => row.Row).SequenceEqual(Enumerable.Range(0, 1000)));
        }
    }

    [TestMethod]
    public void ShufflingWithoutTheSourceMovesRowsForwardByLessThanThePool()
    {
        var order = Numbers(_context.Data.ShuffleRows(_context.Data.LoadFromEnumerable(Stream(100).ToList()), 1, 10, shuffleSource: false));
        for (int i = 0; i < order.Length; i++)
            Assert.IsLessThan(10, order[i] - i, "a row cannot be given before it is in the pool");
    }

    private static int[] Numbers(IDataView data) => [.. data.GetColumn<int>("Value")];

    private static IEnumerable<Row> Stream(int count)
    {
        for (int i = 0; i < count; i++)
            yield return new Row { Value = i };
    }

    private sealed class Row
    {
        public int Value { get; set; }
    }

    private sealed class Grouped
    {
        public int Row { get; set; }
        public string Text { get; set; } = "";
        public double Number { get; set; }
        public DateTime Time { get; set; }
        public float[] Vector { get; set; } = [];
        [KeyType(100)]
        public uint Key { get; set; }
    }
}
