using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Internal;

namespace MLPipelines.Tests.Runtime.Operations;

[TestClass]
public sealed class CacheTests
{
    private readonly MLContext _context = new(1);

    [TestMethod]
    [DataRow(0)]
    [DataRow(1)]
    [DataRow(5000)]
    public void CacheGivesTheRowsOfItsSource(int count)
    {
        var rows = Rows(count);
        var cached = _context.Data.Cache(_context.Data.LoadFromEnumerable(rows));
        for (int pass = 0; pass < 2; pass++)
            AssertSame(rows, _context.Data.CreateEnumerable<Row>(cached, reuseRowObject: false).ToArray());
        Assert.AreEqual(count, cached.GetRowCount());
    }

    [TestMethod]
    public void ParallelAndSequentialSourcesGiveOneOrder()
    {
        var rows = Rows(3000);
        var parallel = _context.Data.Cache(_context.Data.LoadFromEnumerable(rows.ToArray()));
        var sequential = _context.Data.Cache(_context.Data.LoadFromEnumerable(rows.Select(row => row)));
        AssertSame(rows, _context.Data.CreateEnumerable<Row>(parallel, false).ToArray());
        AssertSame(rows, _context.Data.CreateEnumerable<Row>(sequential, false).ToArray());
    }

    [TestMethod]
    public void EachColumnIsReadOnceAndPrefetchedOnesTogether()
    {
        int passes = 0;
        IEnumerable<Row> Source()
        {
            Interlocked.Increment(ref passes);
            foreach (var row in Rows(10))
                yield return row;
        }
        var cached = _context.Data.Cache(_context.Data.LoadFromEnumerable(Source()), "Text", "Vector");
        Assert.AreEqual(0, passes, "nothing is read before it is asked for");
        Assert.AreEqual(10, cached.GetColumn<int>("Number").Count());
        Assert.AreEqual(1, passes);
        Assert.AreEqual(10, cached.GetColumn<string>("Text").Count());
        Assert.AreEqual(1, passes);
        Assert.AreEqual(10, cached.GetColumn<VBuffer<float>>("Buffer").Count());
        Assert.AreEqual(2, passes);
        Assert.AreEqual(10, cached.GetColumn<VBuffer<float>>("Buffer").Count());
        Assert.AreEqual(2, passes);
        var e = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => _context.Data.Cache(cached, "Absent"));
        Assert.Contains("Could not find prefetch column 'Absent'", e.Message);
    }

    [TestMethod]
    public void FirstReadersAtOnceReadTheSourceOnce()
    {
        int passes = 0;
        IEnumerable<Row> Source()
        {
            Interlocked.Increment(ref passes);
            foreach (var row in Rows(2000))
                yield return row;
        }
        var cached = _context.Data.Cache(_context.Data.LoadFromEnumerable(Source()));
        Parallel.For(0, 8, _ => Assert.AreEqual(1999 * 1000, cached.GetColumn<int>("Number").Sum()));
        Assert.AreEqual(1, passes);
    }

    [TestMethod]
    public void ShuffledReadersSeeThePermutationOfTheGenerator()
    {
        var cached = _context.Data.Cache(_context.Data.LoadFromEnumerable(Rows(100)));
        Assert.IsTrue(cached.CanShuffle);
        using var cursor = cached.GetRowCursor(cached.Schema, RandomUtils.Create(5));
        var number = cursor.GetGetter<int>(cached.Schema["Number"]);
        var id = cursor.GetIdGetter();
        var seen = new List<int>();
        while (cursor.MoveNext())
        {
            int value = 0;
            number(ref value);
            DataViewRowId rowId = default;
            id(ref rowId);
            Assert.AreEqual((ulong)value, rowId.Low);
            seen.Add(value);
        }
        CollectionAssert.AreEqual(RandomUtils.GetRandomPermutation(RandomUtils.Create(5), 100), seen);
        int after = 0;
        Assert.ThrowsExactly<InvalidOperationException>(() => number(ref after));
    }

    [TestMethod]
    public void CursorsOfASetShareTheRows()
    {
        foreach (var data in new[] { _context.Data.LoadFromEnumerable(Rows(2000)), _context.Data.Cache(_context.Data.LoadFromEnumerable(Rows(2000))) })
        {
            var cursors = data.GetRowCursorSet(data.Schema, 3, null);
            Assert.HasCount(3, cursors);
            var rows = new List<(long Batch, long Position, int Number)>();
            foreach (var cursor in cursors)
            {
                var getter = cursor.GetGetter<int>(data.Schema["Number"]);
                while (cursor.MoveNext())
                {
                    int number = 0;
                    getter(ref number);
                    rows.Add((cursor.Batch, cursor.Position, number));
                }
                cursor.Dispose();
            }
            CollectionAssert.AreEqual(Enumerable.Range(0, 2000).ToArray(), rows.OrderBy(row => row.Batch).ThenBy(row => row.Position).Select(row => row.Number).ToArray());
        }
    }

    [TestMethod]
    public void FailureOfTheSourceReachesTheReaderAndLeavesTheCacheUsable()
    {
        bool fail = true;
        var source = _context.Data.FilterByCustomPredicate<Row>(_context.Data.LoadFromEnumerable(Rows(3000)), row => fail && row.Number == 2500 ? throw new FormatException("broken row") : false);
        var cached = _context.Data.Cache(source);
        var e = Assert.ThrowsExactly<FormatException>(() => cached.GetColumn<int>("Number").Count());
        Assert.AreEqual("broken row", e.Message);
        fail = false;
        Assert.AreEqual(3000, cached.GetColumn<int>("Number").Count());
    }

    private static List<Row> Rows(int count) => [.. Enumerable.Range(0, count).Select(i => new Row
    {
        Number = i,
        Text = $"row {i}",
        Vector = [.. Enumerable.Range(0, i % 7).Select(j => (float)(i * j))],
        Buffer = (i % 3) switch
        {
            0 => new VBuffer<float>(100_000, 2, [i, 1], [i, 99_999]),
            1 => new VBuffer<float>(100_000, 0, [], []),
            _ => new VBuffer<float>(3, [i, i, 1]),
        },
        Words = i % 2 == 0 ? [] : [$"{i}", ""],
    })];

    private static void AssertSame(List<Row> expected, Row[] actual)
    {
        Assert.HasCount(expected.Count, actual);
        for (int i = 0; i < actual.Length; i++)
        {
            Assert.AreEqual(expected[i].Number, actual[i].Number);
            Assert.AreEqual(expected[i].Text, actual[i].Text);
            CollectionAssert.AreEqual(expected[i].Vector, actual[i].Vector);
            CollectionAssert.AreEqual(expected[i].Words, actual[i].Words);
            Assert.AreEqual(expected[i].Buffer.Length, actual[i].Buffer.Length);
            CollectionAssert.AreEqual(expected[i].Buffer.Items().ToArray(), actual[i].Buffer.Items().ToArray());
        }
    }

    private sealed class Row
    {
        public int Number { get; set; }
        public string Text { get; set; } = "";
        public float[] Vector { get; set; } = [];
        public VBuffer<float> Buffer { get; set; }
        public string[] Words { get; set; } = [];
    }
}
