using Microsoft.ML;
using Microsoft.ML.AutoML;
using Microsoft.ML.Data;
using MLPipelines.Tests.Readme;

namespace MLPipelines.Tests.Runtime.AutoML;

/// <summary>What is found out about text files.</summary>
[TestClass]
public sealed class ColumnInferenceTests
{
    private readonly TemporaryFolder _folder = new();
    private readonly MLContext _context = new(1);

    [TestCleanup]
    public void CleanUp() => _folder.Dispose();

    private string Write(params string[] lines)
    {
        string path = _folder.File("data.txt");
        File.WriteAllLines(path, lines);
        return path;
    }

    private string Table(char separator, bool header = true) => Write([
        .. header ? new[] { string.Join(separator, "id", "age", "member", "city", "note", "Label", "weight") } : [],
        .. Enumerable.Range(0, 60).Select(i => string.Join(separator, $"u{i:000}x", i % 40 == 7 ? "" : $"{i}", i % 3 == 0 ? "true" : "false", $"city{i % 4}", $"the_{i}_long_note_of_somebody_who_writes_a_lot_{i * i}", i % 2, $"{i / 7.0:0.0}"))]);

    [TestMethod]
    [DataRow('\t')]
    [DataRow(',')]
    [DataRow(';')]
    [DataRow(' ')]
    public void SeparatorTypesAndPurposesAreFound(char separator)
    {
        var found = _context.Auto().InferColumns(Table(separator), groupColumns: false);
        CollectionAssert.AreEqual(new[] { separator }, found.TextLoaderOptions.Separators);
        Assert.IsTrue(found.TextLoaderOptions.HasHeader);
        CollectionAssert.AreEqual(new[] { "id", "age", "member", "city", "note", "Label", "weight" }, found.TextLoaderOptions.Columns.Select(column => column.Name).ToArray());
        CollectionAssert.AreEqual(
            new[] { DataKind.String, DataKind.Single, DataKind.Boolean, DataKind.String, DataKind.String, DataKind.Boolean, DataKind.Single }, found.TextLoaderOptions.Columns.Select(column => column.DataKind).ToArray());
        var columns = found.ColumnInformation;
        Assert.AreEqual("Label", columns.LabelColumnName);
        CollectionAssert.AreEqual(new[] { "age", "member", "weight" }, columns.NumericColumnNames.ToArray());
        CollectionAssert.AreEqual(new[] { "city" }, columns.CategoricalColumnNames.ToArray());
        CollectionAssert.AreEqual(new[] { "note" }, columns.TextColumnNames.ToArray());
        CollectionAssert.AreEqual(new[] { "id" }, columns.IgnoredColumnNames.ToArray());
    }

    [TestMethod]
    public void NumbersAreGroupedAndRead()
    {
        string path = Table(',');
        var found = _context.Auto().InferColumns(path);
        CollectionAssert.AreEqual(new[] { "id", "Features", "member", "city", "note", "Label" }, found.TextLoaderOptions.Columns.Select(column => column.Name).ToArray());
        CollectionAssert.AreEqual(new[] { "Features", "member" }, found.ColumnInformation.NumericColumnNames.ToArray());
        var data = _context.Data.CreateTextLoader(found.TextLoaderOptions).Load(path);
        float[][] rows = [.. data.GetColumn<float[]>("Features")];
        Assert.HasCount(60, rows);
        CollectionAssert.AreEqual(new[] { 14f, 2f }, rows[14]);
        Assert.IsTrue(data.GetColumn<bool>("Label").ElementAt(1));
    }

    [TestMethod]
    public void ALabelIsGivenByItsIndexWhereThereIsNoHeader()
    {
        var found = _context.Auto().InferColumns(Table(',', header: false), labelColumnIndex: 5, groupColumns: false);
        CollectionAssert.AreEqual(new[] { "col0", "col1", "col2", "col3", "col4", "Label", "col6" }, found.TextLoaderOptions.Columns.Select(column => column.Name).ToArray());
        Assert.IsFalse(found.TextLoaderOptions.HasHeader);
        Assert.AreEqual("weight", _context.Auto().InferColumns(Table(','), labelColumnIndex: 6, hasHeader: true).ColumnInformation.LabelColumnName);
    }

    [TestMethod]
    public void QuotesAreFound()
    {
        string path = Path.Combine(ReadmeDocument.Root, "Data/reviews/reviews.csv");
        var found = _context.Auto().InferColumns(path, "sentiment");
        Assert.IsTrue(found.TextLoaderOptions.AllowQuoting);
        Assert.AreEqual(',', found.TextLoaderOptions.Separators.Single());
        CollectionAssert.Contains(found.ColumnInformation.TextColumnNames.ToArray(), "content");
        var data = _context.Data.CreateTextLoader(found.TextLoaderOptions).Load(path);
        CollectionAssert.AreEquivalent(new[] { "negative", "neutral", "positive" }, data.GetColumn<string>("sentiment").Distinct().ToArray());
    }

    [TestMethod]
    public void WhatIsKnownOfColumnsIsKept()
    {
        var known = new ColumnInformation { LabelColumnName = "Label", SamplingKeyColumnName = "id", ExampleWeightColumnName = "weight" };
        known.TextColumnNames.Add("city");
        known.IgnoredColumnNames.Add("note");
        var found = _context.Auto().InferColumns(Table(','), known).ColumnInformation;
        Assert.AreEqual(("id", "weight"), (found.SamplingKeyColumnName, found.ExampleWeightColumnName));
        CollectionAssert.AreEqual(new[] { "city" }, found.TextColumnNames.ToArray());
        CollectionAssert.AreEqual(new[] { "note" }, found.IgnoredColumnNames.ToArray());
        CollectionAssert.AreEqual(new[] { "age", "member" }, found.NumericColumnNames.ToArray());
    }

    [TestMethod]
    public void FaultsAreNamed()
    {
        var auto = _context.Auto();
        string path = Table(',');
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => auto.InferColumns(path, "price")).Message, "'price'");
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => auto.InferColumns(path, labelColumnIndex: 9));
        Assert.ThrowsExactly<FileNotFoundException>(() => auto.InferColumns(_folder.File("none.csv")));
        var unknown = new ColumnInformation();
        unknown.NumericColumnNames.Add("price");
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => auto.InferColumns(path, unknown)).Message, "numeric column 'price'");
        var twice = new ColumnInformation();
        twice.NumericColumnNames.Add("age");
        twice.IgnoredColumnNames.Add("age");
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => auto.InferColumns(path, twice)).Message, "numeric and as ignored");
        var ragged = Assert.ThrowsExactly<InferenceException>(() => auto.InferColumns(Write("Label,a", "1,2,3", "4", "5,6,7,8", "a,b")));
        Assert.AreEqual(InferenceExceptionType.ColumnSplit, ragged.InferenceExceptionType);
        Assert.AreEqual(InferenceExceptionType.ColumnDataType, Assert.ThrowsExactly<InferenceException>(() => auto.InferColumns(Write("Label,a"))).InferenceExceptionType);
    }
}
