using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLPipelines.Tests.Runtime.Typed;

[TestClass]
public sealed class CreateEnumerableTests
{
    private readonly MLContext _context = new(1);

    [TestMethod]
    public void RowsComeBackInFieldsAndProperties()
    {
        var view = View();
        for (int pass = 0; pass < 2; pass++)
        {
            var rows = _context.Data.CreateEnumerable<Target>(view, reuseRowObject: false).ToArray();
            Assert.HasCount(2, rows);
            Assert.AreEqual("one", rows[0].Text);
            Assert.AreEqual(1u, rows[0].Key, "keys come as they are held: counted from 1");
            CollectionAssert.AreEqual(new float[] { 1, 0, 2 }, rows[0].Vector);
            Assert.AreEqual(3, rows[0].Buffer.Length);
            CollectionAssert.AreEqual(new[] { "a", "b" }, rows[1].Words);
            Assert.AreNotSame(rows[0].Vector, rows[1].Vector);
            Assert.AreEqual(2.5, rows[1].Number);
        }
    }

    [TestMethod]
    public void ReusedRowIsOneObjectWithOneArray()
    {
        var rows = _context.Data.CreateEnumerable<Target>(View(), reuseRowObject: true);
        Target? first = null;
        float[]? vector = null;
        foreach (var row in rows)
        {
            first ??= row;
            vector ??= row.Vector;
            Assert.AreSame(first, row);
            Assert.AreSame(vector, row.Vector);
        }
        CollectionAssert.AreEqual(new float[] { 4, 5, 6 }, vector);
    }

    [TestMethod]
    public void MissingColumnsAreAnErrorAtOnceUnlessIgnored()
    {
        var e = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => _context.Data.CreateEnumerable<WithMore>(View(), false));
        Assert.Contains("Could not find  column 'More'", e.Message);
        var row = _context.Data.CreateEnumerable<WithMore>(View(), false, ignoreMissingColumns: true).First();
        Assert.AreEqual("one", row.Text);
        Assert.AreEqual(7, row.More, "a member without a column keeps its value");
    }

    [TestMethod]
    public void TypesThatDoNotFitAreAnErrorAtOnce()
    {
        var e = Assert.ThrowsExactly<InvalidOperationException>(() => _context.Data.CreateEnumerable<WrongType>(View(), false));
        Assert.AreEqual("Can't bind the IDataView column 'Text' of type 'String' to field or property 'Text' of type 'System.Int32'.", e.Message);
        e = Assert.ThrowsExactly<InvalidOperationException>(() => _context.Data.CreateEnumerable<WrongItem>(View(), false));
        Assert.Contains("column 'Vector' of type 'Vector<Single, 3>'", e.Message);
    }

    [TestMethod]
    public void DefinitionMapsColumnsToMembers()
    {
        var definition = SchemaDefinition.Create(typeof(WithText), SchemaDefinition.Direction.Write);
        definition["Text"].ColumnName = "Words";
        Assert.ThrowsExactly<InvalidOperationException>(() => _context.Data.CreateEnumerable<WithText>(View(), false, false, definition));
        definition[0].ColumnName = "Other";
        Assert.AreEqual("uno", _context.Data.CreateEnumerable<WithText>(View(), false, false, definition).First().Text);
    }

    [TestMethod]
    public void GetColumnRefusesTypesThatDoNotFit()
    {
        var view = View();
        var e = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => view.GetColumn<int>("Text"));
        Assert.Contains("Could not map a data view column 'Text' of type String to System.Int32", e.Message);
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => view.GetColumn<double[]>("Vector"));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => view.GetColumn<float[]>("Number"));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => view.GetColumn<string>("Absent"));
    }

    [TestMethod]
    public void GetColumnGivesBuffersThatMayBeKept()
    {
        var buffers = View().GetColumn<VBuffer<float>>("Vector").ToArray();
        Assert.AreEqual(2f, buffers[0].GetItemOrDefault(2));
        Assert.AreEqual(6f, buffers[1].GetItemOrDefault(2));
    }

    [TestMethod]
    public void PreviewShowsRowsAndColumns()
    {
        var preview = View().Preview(1);
        Assert.AreEqual("8 columns, 1 rows", preview.ToString());
        Assert.HasCount(1, preview.RowView);
        var number = preview.ColumnView.Single(column => column.Column.Name == "Number");
        Assert.AreEqual("Number: Double", number.ToString());
        Assert.AreEqual(1.5, number.Values.Single());
        Assert.AreEqual("Text", preview.RowView[0].Values.Single(value => value.Value is ReadOnlyMemory<char> { Length: 3 } text && text.ToString() == "one").Key);
        Assert.HasCount(2, View().Preview().RowView);
    }

    private IDataView View() => _context.Data.LoadFromEnumerable(new[]
    {
        new Source { Text = "one", Other = "uno", Key = 0, Vector = [1, 0, 2], Buffer = new VBuffer<float>(3, 1, [1f], [1]), Words = [], Number = 1.5 },
        new Source { Text = "two", Other = "due", Key = 4, Vector = [4, 5, 6], Buffer = new VBuffer<float>(2, [7f, 8f]), Words = ["a", "b"], Number = 2.5 },
    });

    private sealed class Source
    {
        public string Text = "";
        public string Other { get; set; } = "";
        [KeyType(5)]
        public uint Key { get; set; }
        [VectorType(3)]
        public float[] Vector { get; set; } = [];
        public VBuffer<float> Buffer { get; set; }
        public string[] Words { get; set; } = [];
        public double Number { get; set; }
        public int GetOnly => 1;
    }

    private sealed class Target
    {
        public string? Text { get; set; }
        public uint Key = 9;
        public float[]? Vector { get; set; }
        public VBuffer<float> Buffer = default;
        public string[]? Words = null;
        public double Number { get; init; }
        public int GetOnly => 2;
    }

    private class WithText
    {
        public string? Text { get; set; }
    }

    private sealed class WithMore : WithText
    {
        public int More { get; set; } = 7;
    }

    private sealed class WrongType
    {
        public int Text { get; set; }
    }

    private sealed class WrongItem
    {
        public double[]? Vector { get; set; }
    }
}
