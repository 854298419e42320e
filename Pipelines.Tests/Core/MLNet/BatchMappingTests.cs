using Microsoft.ML;
using Microsoft.ML.Data;
using MLPipelines.MLNet;

namespace MLPipelines.Tests.Core.MLNet;

[TestClass]
public sealed class BatchMappingTests
{
    private readonly MLContext _context = new(seed: 1);

    private sealed class Row
    {
        public string Text { get; set; } = "";

        public float Number { get; set; }

        [VectorType(2)]
        public float[] Pair { get; set; } = [];
    }

    private sealed class Mapped
    {
        public string Text { get; set; } = "";

        public float Number { get; set; }

        public float[] Pair { get; set; } = [];

        public int Length { get; set; }

        public string Upper { get; set; } = "";
    }

    /// <summary>Adds the length and the upper case of a text, and notes how many rows come at once.</summary>
    private sealed class LengthTransformer(int window) : RowTransformer
    {
        public List<int> Batches { get; } = [];

        protected override RowMapping Bind(DataViewSchema inputSchema) =>
            new Mapping(this, inputSchema, inputSchema.FindInput("Text", type => type is TextDataViewType, "String"), window);

        private sealed class Mapping(LengthTransformer parent, DataViewSchema schema, DataViewSchema.Column text, int window) : BatchMapping<string, (int Length, string Upper)>(
            schema, [text], new DataViewSchema.DetachedColumn("Length", NumberDataViewType.Int32), new DataViewSchema.DetachedColumn("Upper", TextDataViewType.Instance))
        {
            protected override int WindowRows => window;

            protected override Func<string> MakeReader(DataViewRow input)
            {
                var getter = input.GetGetter<ReadOnlyMemory<char>>(text);
                ReadOnlyMemory<char> value = default;
                return () =>
                {
                    getter(ref value);
                    return value.ToString();
                };
            }

            protected override (int Length, string Upper)[] Compute(IReadOnlyList<string> items)
            {
                lock (parent.Batches)
                    parent.Batches.Add(items.Count);
                return [.. items.Select(item => (item.Length, item.ToUpperInvariant()))];
            }

            protected override Delegate MakeGetter(int output, Func<(int Length, string Upper)> current) => output == 0
                ? (ValueGetter<int>)((ref int value) => value = current().Length)
                : (ValueGetter<ReadOnlyMemory<char>>)((ref ReadOnlyMemory<char> value) => value = current().Upper.AsMemory());
        }
    }

    private static Row[] Rows(int count) => [.. Enumerable.Range(0, count).Select(i => new Row { Text = new string('a', i % 7), Number = i, Pair = [i, -i] })];

    private IDataView Data(int count) => _context.Data.LoadFromEnumerable(Rows(count));

    private Mapped[] Read(IDataView view) => [.. _context.Data.CreateEnumerable<Mapped>(view, reuseRowObject: false)];

    [TestMethod]
    [DataRow(0)]
    [DataRow(1)]
    [DataRow(100)]
    [DataRow(1000)]
    public void RowsComeBackInOrderWithAllTheirColumns(int count)
    {
        var rows = Read(new LengthTransformer(64).Transform(Data(count)));
        Assert.HasCount(count, rows);
        for (int i = 0; i < count; i++)
        {
            Assert.AreEqual(i, rows[i].Number);
            CollectionAssert.AreEqual(new float[] { i, -i }, rows[i].Pair);
            Assert.AreEqual(i % 7, rows[i].Length);
            Assert.AreEqual(new string('A', i % 7), rows[i].Upper);
        }
    }

    [TestMethod]
    public void WindowsGrowFromSmallToTheLimit()
    {
        var transformer = new LengthTransformer(100);
        Read(transformer.Transform(Data(300)));
        CollectionAssert.AreEqual(new[] { 32, 64, 100, 100, 4 }, transformer.Batches);
    }

    [TestMethod]
    public void NothingIsComputedThatNobodyAsksFor()
    {
        var transformer = new LengthTransformer(100);
        var view = transformer.Transform(Data(50));
        Assert.AreEqual(50, view.GetColumn<float>("Number").Count());
        Assert.IsEmpty(transformer.Batches);
        Assert.AreEqual(5, view.GetColumn<int>("Length").Take(5).Count());
        CollectionAssert.AreEqual(new[] { 32 }, transformer.Batches);
    }

    [TestMethod]
    public void ParallelCursorsTogetherGiveEveryRowOnce()
    {
        var view = new LengthTransformer(16).Transform(Data(500));
        var seen = new List<(float, int)>();
        foreach (var cursor in view.GetRowCursorSet(view.Schema, 3))
        {
            using (cursor)
            {
                var number = cursor.GetGetter<float>(view.Schema["Number"]);
                var length = cursor.GetGetter<int>(view.Schema["Length"]);
                float key = 0;
                int value = 0;
                while (cursor.MoveNext())
                {
                    number(ref key);
                    length(ref value);
                    seen.Add((key, value));
                }
            }
        }
        CollectionAssert.AreEquivalent(Enumerable.Range(0, 500).Select(i => ((float)i, i % 7)).ToArray(), seen);
    }

    [TestMethod]
    public void IdsAndPositionsAreThoseOfTheSource()
    {
        var source = Data(70);
        var view = new LengthTransformer(16).Transform(source);
        using var expected = source.GetRowCursor(source.Schema);
        using var actual = view.GetRowCursor(view.Schema);
        var (expectedId, actualId) = (expected.GetIdGetter(), actual.GetIdGetter());
        Assert.AreEqual(expected.Position, actual.Position);
        while (expected.MoveNext())
        {
            Assert.IsTrue(actual.MoveNext());
            DataViewRowId one = default, other = default;
            expectedId(ref one);
            actualId(ref other);
            Assert.AreEqual(one, other);
            Assert.AreEqual(expected.Position, actual.Position);
            Assert.AreEqual(expected.Batch, actual.Batch);
        }
        Assert.IsFalse(actual.MoveNext());
        Assert.IsFalse(actual.MoveNext());
    }

    [TestMethod]
    public void AShuffledCursorGivesTheSameRowsInAnotherOrder()
    {
        var view = new LengthTransformer(16).Transform(Data(200));
        using var cursor = view.GetRowCursor(view.Schema, new Random(1));
        var number = cursor.GetGetter<float>(view.Schema["Number"]);
        var length = cursor.GetGetter<int>(view.Schema["Length"]);
        var seen = new List<float>();
        float key = 0;
        int value = 0;
        while (cursor.MoveNext())
        {
            number(ref key);
            length(ref value);
            Assert.AreEqual((int)key % 7, value);
            seen.Add(key);
        }
        CollectionAssert.AreEquivalent(Enumerable.Range(0, 200).Select(i => (float)i).ToArray(), seen);
    }

    [TestMethod]
    public void OneRowIsComputedOnceForAllItsColumns()
    {
        var transformer = new LengthTransformer(16);
        using var engine = _context.Model.CreatePredictionEngine<Row, Mapped>(transformer);
        foreach (var row in Rows(5))
        {
            var mapped = engine.Predict(row);
            Assert.AreEqual((row.Text.Length, row.Text.ToUpperInvariant(), row.Number), (mapped.Length, mapped.Upper, mapped.Number));
        }
        CollectionAssert.AreEqual(new[] { 1, 1, 1, 1, 1 }, transformer.Batches);
    }

    [TestMethod]
    public void ValuesAreNotReadBesideARow()
    {
        var view = new LengthTransformer(16).Transform(Data(1));
        using var cursor = view.GetRowCursor([view.Schema["Number"], view.Schema["Length"]]);
        var number = cursor.GetGetter<float>(view.Schema["Number"]);
        float value = 0;
        Assert.ThrowsExactly<InvalidOperationException>(() => number(ref value));
        Assert.Contains("'Upper' is not active", Assert.ThrowsExactly<InvalidOperationException>(() => cursor.GetGetter<ReadOnlyMemory<char>>(view.Schema["Upper"])).Message);
        Assert.ThrowsExactly<InvalidOperationException>(() => cursor.GetGetter<int>(view.Schema["Number"]));
    }
}
